/** Small batches for tests, and what streams of them emit. */
import { Bool, Field, Float32, Int32, Schema, Uint16, Uint32, Uint64, type DataType, type RecordBatch } from 'apache-arrow'
import { lastValueFrom, toArray, type Observable } from 'rxjs'
import { float32Column, listColumn, listType, recordBatch } from '../../src/streams/arrow/columns.ts'
import { columnOf, rowsOf } from './arrow/arbitrary-batches.ts'

/** One column of each name. */
export function table(columns: Readonly<Record<string, readonly [DataType, readonly unknown[]]>>): RecordBatch {
  const entries = Object.entries(columns)
  const schema = new Schema(entries.map(([name, [type]]) => new Field(name, type, true)))
  return recordBatch(schema, entries[0]?.[1][1].length ?? 0, entries.map(([, [type, values]]) => columnOf(type, values)))
}

/** One column `v` of int32. */
export const ints = (...values: readonly number[]): RecordBatch => table({ v: [new Int32(), values] })

/** Numbers from `from`, below `to`, in batches of `size`. */
export const rangeBatches = (from: number, to: number, size: number): RecordBatch[] =>
  Array.from({ length: Math.ceil((to - from) / size) }, (_, i) => ints(...Array.from({ length: Math.min(size, to - from - i * size) }, (_, j) => from + i * size + j)))

export const valuesOf = (batches: readonly RecordBatch[], name = 'v'): unknown[] => batches.flatMap((batch) => [...(batch.getChild(name) ?? [])])

/** Rows as objects. */
export const objectsOf = (batches: readonly RecordBatch[]): Record<string, unknown>[] =>
  batches.flatMap((batch) => rowsOf(batch).map((row) => Object.fromEntries((row as unknown[]).map((value, i) => [batch.schema.names[i], value]))))

export const collected = <T>(stream: Observable<T>): Promise<T[]> => lastValueFrom(stream.pipe(toArray()))

/** Rows of a list column `x`. */
export const lists = (rows: readonly (readonly number[])[], name = 'x'): RecordBatch => {
  const size = rows[0]?.length ?? 1
  return recordBatch(new Schema([new Field(name, listType(size), false)]), rows.length, [listColumn(Float32Array.from(rows.flat()), size)])
}

export const floats = (columns: Readonly<Record<string, readonly number[]>>): RecordBatch => {
  const entries = Object.entries(columns)
  return recordBatch(new Schema(entries.map(([name]) => new Field(name, new Float32(), false))), entries[0]?.[1].length ?? 0, entries.map(([, values]) => float32Column(Float32Array.from(values))))
}

export interface ParticleStep {
  readonly step: number
  /** Values of the variables, one for each chain. */
  readonly x: Readonly<Record<string, readonly number[]>>
  readonly is_accepted?: readonly (boolean | null)[]
  readonly is_divergent?: readonly boolean[]
  readonly acceptance_rate?: readonly number[]
  readonly total_energy?: readonly number[]
  /** Numbers of the chains; from 0 on unless given. */
  readonly chain?: readonly number[]
}

/** Particles of some steps in one batch, as the sampler lays them out. */
export function particles(...steps: readonly ParticleStep[]): RecordBatch {
  const chainsOf = ({ x }: ParticleStep): number => Object.values(x)[0]?.length ?? 0
  const each = <T>(values: (step: ParticleStep, chains: number) => readonly T[]): T[] => steps.flatMap((step) => [...values(step, chainsOf(step))])
  const filled = <T>(value: T, chains: number): T[] => new Array<T>(chains).fill(value)
  const own = (['acceptance_rate', 'total_energy'] as const).filter((name) => steps.some((step) => step[name] !== undefined))
  return table({
    step: [new Uint64(), each(({ step }, n) => filled(BigInt(step), n))],
    chain: [new Uint32(), each(({ chain }, n) => chain ?? [...filled(0, n).keys()])],
    level: [new Uint16(), each((_, n) => filled(null, n))],
    temperature: [new Float32(), each((_, n) => filled(1, n))],
    ...Object.fromEntries(Object.keys(steps[0]?.x ?? {}).map((name) => [name, [new Float32(), each(({ x }) => x[name] ?? [])] as const])),
    energy: [new Float32(), each((_, n) => filled(0, n))],
    score_norm: [new Float32(), each((_, n) => filled(0, n))],
    is_accepted: [new Bool(), each(({ is_accepted }, n) => is_accepted ?? filled(null, n))],
    is_divergent: [new Bool(), each(({ is_divergent }, n) => is_divergent ?? filled(false, n))],
    ...Object.fromEntries(own.map((name) => [name, [new Float32(), each((step) => step[name] ?? [])] as const])),
  })
}
