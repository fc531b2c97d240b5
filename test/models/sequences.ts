/** A small autoregressive model with random parameters, and the law of all its sequences, by enumeration. */
import { float32, mapTree, type HostArray } from '../../src/engine/index.ts'
import type { Tensor2D } from '../../src/engine/tf.ts'
import { inputsOf, modelFunctions, outputsOf, type ModelSpec } from '../../src/models/model.ts'
import { hostDraws } from '../../src/models/nets/host-draws.ts'
import { made } from '../../src/models/nets/made.ts'
import { none } from '../../src/models/preconditioning/none.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { compiled } from '../engine/both.ts'

export const specOf = (states: readonly number[]) => ({
  dim: states.length, variables: defaultVariables(states.length), output: 'energy', net: made({ states: [...states], width: 16, layers: 2 }), preconditioning: none({}),
}) as const satisfies ModelSpec

/** Those of the net's beginning, and others added, so that conditionals are far from uniform. */
export function parametersOf(spec: ModelSpec, seed: number, scale = 0.8): unknown {
  const draws = hostDraws(seed, 'others')
  return mapTree((leaf) => {
    const { shape, data } = leaf as HostArray
    const by = draws.normal(shape, scale).data
    return float32(shape, Float32Array.from(data, (value, i) => value + (by[i] as number)))
  }, spec.net.init(inputsOf(spec), outputsOf(spec), hostDraws(seed, 'parameters')))
}

/** All sequences, the last coordinate running fastest. */
export const sequencesOf = (states: readonly number[]): number[][] =>
  states.reduce<number[][]>((before, count) => before.flatMap((start) => Array.from({ length: count }, (_, state) => [...start, state])), [[]])

export const rowsOf = (rows: readonly (readonly number[])[]): HostArray<'float32'> => float32([rows.length, rows[0]?.length ?? 0], Float32Array.from(rows.flat()))

/** E of sequences. */
export async function energiesOf(spec: ModelSpec, parameters: unknown, rows: readonly (readonly number[])[]): Promise<number[]> {
  const { data } = await compiled<HostArray>(({ p, x }: { p: unknown; x: Tensor2D }) => modelFunctions(spec, p).energy?.(x), { p: parameters, x: rowsOf(rows) })
  return [...data]
}

/** Normalised. */
export function normalised(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** The law exp(−E/τ)/Z of all sequences. */
export const boltzmann = (energies: readonly number[], temperature: number): number[] => normalised(energies.map((energy) => Math.exp(-energy / temperature)))

/** log p(x_l | x_<l) of each coordinate, out of the joint law. */
export function conditionals(sequences: readonly (readonly number[])[], law: readonly number[], x: readonly number[]): number[] {
  const share = (length: number): number => sequences.reduce((sum, other, i) => sum + (other.slice(0, length).every((state, l) => state === x[l]) ? (law[i] as number) : 0), 0)
  return x.map((_, l) => Math.log(share(l + 1) / share(l)))
}

/** The number of a sequence among all. */
export const numberOf = (x: readonly number[], states: readonly number[]): number => x.reduce((at, state, l) => at * (states[l] as number) + state, 0)

/** How often each sequence is there, of x [dim, chains]. */
export function countsOf({ shape: [dim = 1, chains = 1], data }: HostArray, states: readonly number[]): number[] {
  const counts = new Array<number>(states.reduce((product, count) => product * count, 1)).fill(0)
  for (let chain = 0; chain < chains; chain++) {
    const at = numberOf(Array.from({ length: dim }, (_, l) => data[l * chains + chain] as number), states)
    counts[at] = (counts[at] ?? 0) + 1
  }
  return counts
}
