/**
 * Energy Bayesian fraction of missing information, of each chain.
 *
 *   E-BFMI = Σ (H_n − H_(n−1))² / Σ (H_n − mean H)²
 *
 * H is the total energy of a sampler with momenta, after they were drawn afresh. Below .3 the draws of
 * the momenta move the chain too little along its energies: heavy tails are then explored slowly.
 * Shapes: energy [chains, draws]. Equal to ArviZ 0.22, whose name for it is bfmi.
 * Source: Betancourt 2016, https://arxiv.org/abs/1604.00695
 */
import { chainOf, squaresOf } from './chains.ts'
import type { Draws } from './contract.ts'

export function eBfmi(energy: Draws): Float64Array {
  return Float64Array.from({ length: energy.chains }, (_, c) => {
    const chain = chainOf(energy, c)
    let jumps = 0
    for (let i = 1; i < chain.length; i++) jumps += ((chain[i] as number) - (chain[i - 1] as number)) ** 2
    return jumps / squaresOf(chain)
  })
}
