/**
 * Twins of samplers, broken on purpose: a check that takes one of them for the sampler is no check.
 *
 * All but one are wrappers, of what a sampler is given or of what it draws, and fit any sampler.
 */
import { split, tf } from '../../src/engine/index.ts'
import type { Key } from '../../src/engine/rng/index.ts'
import type { Tensor1D } from '../../src/engine/tf.ts'
import type { Sampler, SamplerState } from '../../src/models/samplers/contract.ts'
import { densityOf } from '../../src/models/samplers/contract.ts'
import { metropolis } from '../../src/models/samplers/metropolis.ts'
import { tempered, type Target } from '../../src/models/target.ts'
import type { Declared } from '../../src/unit.ts'
import { spoiled, type Faults } from './faulty-draws.ts'

export interface Twin {
  readonly what: string
  of(sampler: Declared<Sampler>): Declared<Sampler>
}

/** Stays where it is. */
export const frozen = twin('that never moves', ({ step }) => ({ step: (key, state, ...rest) => [state, step(key, state, ...rest)[1]] }))

/** Takes a potential of 1.5 U for U. */
export const tooCold = onOtherTarget('that is too cold', (target) => tempered(slopeless(target), tf.scalar(1.5)))

/** Goes uphill. A sampler that corrects for its proposals is right all the same. */
export const flippedDrift = onOtherTarget('with the sign of the drift flipped', (target) => tempered(slopeless(target), tf.scalar(-1)))

/** Draws normal numbers of half the size. A symmetric proposal is right all the same. */
export const halvedNoise = withDraws('with halved noise', { normal: (drawn) => tf.mul(drawn, 0.5) })

/** Accepts whatever is not impossible. */
export const withoutTest = withDraws('without its Metropolis test', { uniform: (drawn) => tf.zerosLike(drawn) })

/** The same, of a sampler whose coordinates draw uniform numbers too: those are left. */
export const withoutChainTest = withDraws('without the Metropolis test of its chains', { uniform: (drawn) => (drawn.rank === 1 ? tf.zerosLike(drawn) : drawn) })

/** Lets replicas change places whatever their energies. */
export const withoutSwapTest = withDraws('that swaps without a test', { uniform: (drawn) => (drawn.rank === 2 ? tf.zerosLike(drawn) : drawn) })

/** Tempers the slope of the map onto a support with the energy. */
export const deafToSlopes = onOtherTarget('that tempers slopes', (target) => slopeless(target))

/** Takes every noise level for the smallest. */
export const deafToLevels = onOtherTarget('that is deaf to levels', (target) => ({ ...target, score: (x) => target.score(x) }))

/** Draws all discrete coordinates at once, as if none acted on another. */
export const allAtOnce = onOtherTarget('that draws all coordinates at once', ({ discrete, ...target }) => (discrete?.conditionals === undefined ? { ...target, ...(discrete === undefined ? {} : { discrete }) } : { ...target, discrete: { ...discrete, classes: new Array<number>(target.dim).fill(0) } }))

/** Tests what another sampler proposes by the energies alone, as if its steps were symmetric. */
export const withoutRatio = (proposing: Sampler): Twin => twin('without the ratio of proposals', ({ init }) => ({
  step(key, state, target, tuning) {
    const [proposalKey, acceptKey] = split(key, 2) as [Key, Key]
    const proposal = init(proposing.step(proposalKey, state, target, tuning)[0].x, target)
    const potential = ({ x }: SamplerState): Tensor1D => densityOf(target).potential(x)
    return metropolis(acceptKey, tf.sub(potential(state), potential(proposal)), proposal, state)
  },
}))

function twin(what: string, change: (sampler: Sampler) => Partial<Sampler>): Twin {
  return { what, of: (sampler) => ({ ...sampler, ...change(sampler), is: { ...sampler.is, name: `${sampler.is.name} ${what}` } }) }
}

/** Takes log |dx/du| for a part of the energy. */
function slopeless({ bijection: _, ...target }: Target): Target {
  return target
}

function onOtherTarget(what: string, other: (target: Target) => Target): Twin {
  return twin(what, ({ init, step, observe }) => ({
    init: (x, target) => init(x, other(target)),
    step: (key, state, target, tuning) => step(key, state, other(target), tuning),
    observe: (state, target, at) => observe(state, other(target), at),
  }))
}

function withDraws(what: string, faults: Faults): Twin {
  return twin(what, ({ step }) => ({ step: (...given) => spoiled(faults, () => step(...given)) }))
}
