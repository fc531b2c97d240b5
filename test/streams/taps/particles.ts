/** Batches as samplers emit them: the coordinates of many steps are views of one buffer. */
import { Field, Float32, RecordBatch, Schema, Uint32, Uint64 } from 'apache-arrow'
import { float32Column, recordBatch, uint32Column, uint64Column } from '../../../src/streams/arrow/columns.ts'

export const SCHEMA = new Schema([
  new Field('step', new Uint64(), false), new Field('chain', new Uint32(), false), new Field('x', new Float32(), false), new Field('energy', new Float32(), false),
], new Map([['heatbath.pipeline', 'test']]))

export interface ParticleOptions {
  readonly chains: number
  /** Steps 1, 2, ..., each a batch. */
  readonly steps: number
  /** Batches of each step. */
  readonly groups?: number
  /** Steps whose coordinates share a buffer. */
  readonly steps_per_buffer?: number
}

/** x = step + chain / 2^20, energy = −x: what a row must hold is known from its step and chain. */
export const xOf = (step: number, chain: number): number => Math.fround(step + chain / 2 ** 20)

export function* particles({ chains, steps, groups = 1, steps_per_buffer = 1 }: ParticleOptions): Generator<RecordBatch> {
  const size = Math.ceil(chains / groups)
  const chainColumns = Array.from({ length: groups }, (_, g) => uint32Column(Uint32Array.from({ length: Math.min(size, chains - g * size) }, (_, i) => g * size + i)))
  let [xs, energies] = [new Float32Array(0), new Float32Array(0)]
  for (let step = 1; step <= steps; step++) {
    const at = ((step - 1) % steps_per_buffer) * chains
    if (at === 0) [xs, energies] = [new Float32Array(chains * steps_per_buffer), new Float32Array(chains * steps_per_buffer)]
    for (const [g, chain] of chainColumns.entries()) {
      const first = g * size
      for (let i = 0; i < chain.length; i++) {
        xs[at + first + i] = xOf(step, first + i)
        energies[at + first + i] = -xOf(step, first + i)
      }
      const view = (values: Float32Array): Float32Array => values.subarray(at + first, at + first + chain.length)
      yield recordBatch(SCHEMA, chain.length, [
        uint64Column(new BigUint64Array(chain.length).fill(BigInt(step))), chain, float32Column(view(xs)), float32Column(view(energies)),
      ])
    }
  }
}

export interface Row {
  readonly step: number
  readonly chain: number
  readonly x: number
}

export const rowsOf = (batch: RecordBatch): Row[] =>
  Array.from({ length: batch.numRows }, (_, row) => ({
    step: Number(batch.getChild('step')?.get(row)), chain: batch.getChild('chain')?.get(row) as number, x: batch.getChild('x')?.get(row) as number,
  }))

export const stepOf = (batch: RecordBatch): number => Number(batch.getChild('step')?.get(0))
