/**
 * Record batches of particles, from what a trajectory emitted.
 *
 * A coordinate's column is a view of the fetched buffer. Columns that are alike in every batch
 * (chain numbers, temperature, absent levels) are made once.
 */
import { Bool, Float32, Uint16, type Data, type RecordBatch, type Schema } from 'apache-arrow'
import type { HostArray } from '../../../engine/index.ts'
import { levelOf, type Sampler } from '../../../models/samplers/contract.ts'
import type { Target } from '../../../models/target.ts'
import { sizeOfVariable } from '../../../models/variables.ts'
import type { FittedEncoding } from '../../encodings/contract.ts'
import { boolColumn, float32Column, int32Column, listColumn, nullColumn, recordBatch, uint16Column, uint32Column } from '../../arrow/columns.ts'
import { stepColumn } from '../../arrow/steps.ts'
import { particlesSchema, variableField, type Origin } from '../../arrow/schemas.ts'
import { ROWS, type Known, type Subject } from './subject.ts'

/** What a call fetched: buffers [rows, ...] by name. */
export type FetchedRows = Readonly<Record<string, HostArray>>

/** The chains of a batch: so many from the first, without padding. */
export interface ChainRange {
  readonly first: number
  readonly chains: number
}

export interface ParticleBatch {
  readonly batch: RecordBatch
  readonly num_divergent: number
}

/** What the particles of a subject look like. Throws data_column for columns of one name. */
export const schemaOf = ({ encoding, known, ...subject }: Subject, { info }: Sampler, origin?: Origin): Schema =>
  particlesSchema(encoding?.fields ?? subject.target().variables.map(variableField), info, origin, known && [known.field])

export class ParticleBatches {
  readonly #schema: Schema
  readonly #target: Target
  readonly #encoding: FittedEncoding | undefined
  readonly #sampler: Sampler
  readonly #groups: readonly Group[]

  /** `groups` are the chains of each batch of a step, `schema` is that of the subject. */
  constructor(subject: Subject, sampler: Sampler, groups: readonly ChainRange[], schema: Schema) {
    this.#target = subject.target()
    this.#encoding = subject.encoding
    this.#sampler = sampler
    this.#groups = groups.map((range) => groupOf(range, this.#target.temperature, subject.known))
    this.#schema = schema
  }

  /** The batches of one emitted step, from what was fetched for each group; `step` counts transitions from the start. */
  ofStep(fetched: readonly FetchedRows[], row: number, step: number): ParticleBatch[] {
    return fetched.map((rows, group) => this.#batch(rows, row, step, this.#groups[group] as Group))
  }

  #batch(rows: FetchedRows, row: number, step: number, { chains, same, unknown, noneDivergent }: Group): ParticleBatch {
    const at = (name: string): HostArray['data'] | undefined => rowOf(rows[name], row, chains)
    const [energy, scoreNorm] = [at('energy'), at('score_norm')] as [Float32Array | undefined, Float32Array | undefined]
    const divergent = divergentChains(chains, [energy, scoreNorm])
    const level = levelOf(this.#sampler, step - 1, this.#target)
    const columns: Record<string, Data> = {
      ...same,
      step: stepColumn(step, chains),
      energy: energy === undefined ? unknown : float32Column(energy),
      score_norm: scoreNorm === undefined ? unknown : float32Column(scoreNorm),
      ...this.#coordinates(rows, row, chains),
    }
    const temperature = this.#sampler.temperatureOf?.(step - 1, this.#target)
    if (temperature !== undefined) columns.temperature = float32Column(new Float32Array(chains).fill(temperature))
    if (level !== undefined) columns.level = uint16Column(new Uint16Array(chains).fill(level))
    for (const [name, dtype] of Object.entries(this.#sampler.info)) columns[name] = infoColumn[dtype](at(name) as never)
    if (divergent.length > 0 || columns.is_divergent === undefined) columns.is_divergent = divergent.length === 0 ? noneDivergent : flags(divergent, at('is_divergent'), chains)
    const batch = recordBatch(this.#schema, chains, this.#schema.fields.map((field) => columns[field.name] as Data))
    return { batch, num_divergent: divergent.length }
  }

  #coordinates(rows: FetchedRows, row: number, chains: number): Record<string, Data> {
    const columns: Record<string, Data> = {}
    if (this.#encoding !== undefined) {
      const { fields, decode } = this.#encoding
      decode(rowOf(rows[ROWS], row, chains) as Float32Array).forEach((data, i) => (columns[fields[i]?.name ?? ''] = data))
      return columns
    }
    let coordinate = 0
    for (const variable of this.#target.variables) {
      if (variable.shape === undefined) columns[variable.name] = float32Column(scalarOf(rows.scalars as HostArray, row, coordinate++, chains))
      else columns[variable.name] = listColumn(rowOf(rows[variable.name], row, chains) as Float32Array, sizeOfVariable(variable))
    }
    return columns
  }
}

interface Group {
  readonly chains: number
  /** Columns that are alike in all of its batches. */
  readonly same: Readonly<Record<string, Data>>
  /** For those of which nothing is known, and where nothing diverges. */
  readonly unknown: Data
  readonly noneDivergent: Data
}

function groupOf({ first, chains }: ChainRange, temperature: number, known: Known | undefined): Group {
  return {
    chains,
    same: {
      chain: uint32Column(Uint32Array.from({ length: chains }, (_, i) => first + i)),
      level: nullColumn(new Uint16(), chains),
      temperature: float32Column(new Float32Array(chains).fill(temperature)),
      is_accepted: nullColumn(new Bool(), chains),
      ...(known === undefined ? {} : { [known.field.name]: known.column(first, chains) }),
    },
    unknown: nullColumn(new Float32(), chains),
    noneDivergent: boolColumn(new Uint8Array(chains)),
  }
}

const infoColumn = { float32: float32Column, int32: int32Column, bool: boolColumn } as const

/** Row `row` of a buffer [rows, chains, ...], without the padding at its end. */
function rowOf(buffer: HostArray | undefined, row: number, chains: number): HostArray['data'] | undefined {
  if (buffer === undefined) return undefined
  const [, padded = 1, size = 1] = buffer.shape
  const start = row * padded * size
  return buffer.data.subarray(start, start + chains * size)
}

/** One coordinate of a row of `scalars` [rows, s, chains]. */
function scalarOf({ shape, data }: HostArray, row: number, coordinate: number, chains: number): Float32Array {
  const [, s = 1, padded = 1] = shape
  const start = (row * s + coordinate) * padded
  return (data as Float32Array).subarray(start, start + chains)
}

/** The chains where one of the columns is not finite. */
function divergentChains(chains: number, columns: readonly (Float32Array | undefined)[]): number[] {
  const known = columns.filter((column) => column !== undefined)
  if (known.every((column) => areFinite(column, chains))) return []
  return Array.from({ length: chains }, (_, i) => i).filter((i) => known.some((column) => !Number.isFinite(column[i])))
}

/** Whether the first `count` values are finite: a pass without branches, four at a time. */
function areFinite(values: Float32Array, count: number): boolean {
  const whole = count & ~3
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let i = 0; i < whole; i += 4) {
    a += (values[i] as number) * 0
    b += (values[i + 1] as number) * 0
    c += (values[i + 2] as number) * 0
    d += (values[i + 3] as number) * 0
  }
  for (let i = whole; i < count; i++) a += (values[i] as number) * 0
  return a + b + (c + d) === 0
}

/** Those chains, and what the sampler itself calls divergent. */
function flags(chains: readonly number[], own: HostArray['data'] | undefined, length: number): Data {
  const bytes = own === undefined ? new Uint8Array(length) : Uint8Array.from(own)
  for (const chain of chains) bytes[chain] = 1
  return boolColumn(bytes)
}
