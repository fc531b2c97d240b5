/** Where independent chains end: the draws that a sampler is judged by. */
import { HeatbathError } from '../../src/errors.ts'
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { sample, type SampleOptions } from '../../src/streams/operators/sample/sample.ts'
import type { Declared } from '../../src/unit.ts'
import { gather } from '../streams/operators/sample/particles.ts'
import type { Coordinates } from './truths.ts'

/** The coordinates of all chains after the last step, each a scalar variable. */
export async function finalStates(sampler: Declared<Sampler>, options: SampleOptions & { readonly steps: number }): Promise<Coordinates> {
  const batches = await gather(sample(sampler, { ...options, every: options.steps }))
  const names = batches[0]?.schema.names.map(String) ?? []
  return names.slice(names.indexOf('temperature') + 1, names.indexOf('energy')).map((name) =>
    Float32Array.from(batches.flatMap((batch) => [...(batch.getChild(name)?.toArray() as Float32Array)])))
}

/** Undefined if all chains diverged, as those of broken samplers may. */
export async function unlessDiverged<T>(drawn: Promise<T>): Promise<T | undefined> {
  try {
    return await drawn
  } catch (error) {
    if (error instanceof HeatbathError && error.code === 'sampler_diverged') return undefined
    throw error
  }
}
