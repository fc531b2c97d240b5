/**
 * The energy under the particles: E(x) on a grid, for streams that sample an energy of two variables.
 *
 * Boxes are widened to round edges, so that views that differ a little share a grid; the last few
 * grids are kept. Outside of its support an energy is infinite. There is none of a model, of an energy
 * that waits for data, or of one whose coordinates take a few values only.
 * Shape: one row per node of a grid of GRID × GRID, the first variable running fastest.
 */
import { Field, Float32, RecordBatch, Schema } from 'apache-arrow'
import { tf, type Tensor1D, type Tensor2D } from '../engine/tf.ts'
import type { DataEnergy, Energy } from '../models/energies/contract.ts'
import { isInside } from '../models/support.ts'
import { defaultVariables } from '../models/variables.ts'
import { float32Column, recordBatch } from '../streams/arrow/columns.ts'
import { isList, type PipelineDeclaration } from './declaration.ts'
import { instantiate } from './instantiate.ts'

/** Nodes along each variable, the first and the last at the edges of the box. */
export const GRID = 128
const KEPT = 8

export type Range = readonly [from: number, to: number]

export class Landscape {
  readonly #energy: Energy
  readonly #schema: Schema
  readonly #grids = new Map<string, RecordBatch>()

  constructor(energy: Energy, temperature: number) {
    this.#energy = energy
    const names = (energy.variables ?? defaultVariables(energy.dim)).map(({ name }) => name)
    this.#schema = new Schema([...names, 'energy'].map((name) => new Field(name, new Float32(), false)), new Map([
      ['heatbath.temperature', String(temperature)], ['heatbath.shape', JSON.stringify([GRID, GRID])],
    ]))
  }

  /** The energy on a grid over a box, widened to round edges. */
  over(first: Range, second: Range): RecordBatch {
    const box = [rounded(first), rounded(second)] as const
    const key = String(box)
    const grid = this.#grids.get(key) ?? this.#computed(box)
    this.#grids.delete(key)
    this.#grids.set(key, grid) // the last that was asked for is the last to go
    if (this.#grids.size > KEPT) this.#grids.delete(this.#grids.keys().next().value as string)
    return grid
  }

  #computed([first, second]: readonly [Range, Range]): RecordBatch {
    const x = nodes((i) => at(first, i % GRID))
    const y = nodes((i) => at(second, Math.floor(i / GRID)))
    const { support } = this.#energy
    const energy = tf.tidy((): Tensor1D => {
      const points = tf.stack([tf.tensor1d(x), tf.tensor1d(y)]) as Tensor2D
      return support === undefined ? this.#energy.energy(points) : tf.where(isInside(support, points), this.#energy.energy(points), Infinity) as Tensor1D
    })
    const values = energy.dataSync<'float32'>()
    energy.dispose()
    return recordBatch(this.#schema, x.length, [x, y, values].map(float32Column))
  }
}

/** By stream; of those too that read such a stream. */
export function landscapesOf(pipeline: PipelineDeclaration): ReadonlyMap<string, Landscape> {
  const found = new Map<string, Landscape>()
  for (const name of pipeline.streams.keys()) {
    const head = headOf(name, pipeline)
    const made = head === name ? landscapeOf(name, pipeline) : found.get(head) ?? landscapeOf(head, pipeline)
    if (made !== undefined) found.set(name, made)
  }
  return found
}

/** The stream at the beginning of those that one reads. */
function headOf(name: string, pipeline: PipelineDeclaration, trail: readonly string[] = []): string {
  const stream = pipeline.streams.get(name)
  return stream !== undefined && 'from' in stream && !trail.includes(name) ? headOf(stream.from, pipeline, [...trail, name]) : name
}

function landscapeOf(name: string, { streams }: PipelineDeclaration): Landscape | undefined {
  const stream = streams.get(name)
  if (stream === undefined || !('sample' in stream)) return undefined
  const { parts: { energy: part }, config } = stream.sample
  if (part === undefined || isList(part)) return undefined
  const energy = instantiate<Energy | DataEnergy>(part)
  if ('data' in energy || energy.discrete !== undefined) return undefined
  const variables = energy.variables ?? defaultVariables(energy.dim)
  return energy.dim === 2 && variables.length === 2 ? new Landscape(energy, Number(config.temperature)) : undefined
}

const nodes = (value: (i: number) => number): Float32Array => Float32Array.from({ length: GRID * GRID }, (_, i) => value(i))

const at = ([from, to]: Range, i: number): number => from + ((to - from) * i) / (GRID - 1)

/** To multiples of a power of two that is an eighth to a quarter of the width. */
function rounded([from, to]: Range): Range {
  const unit = 2 ** (Math.ceil(Math.log2(to - from)) - 3)
  return [Math.floor(from / unit) * unit, Math.ceil(to / unit) * unit]
}
