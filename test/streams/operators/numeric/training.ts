/** Small trainings: rows of Gaussian data, models, and what came of them. */
import { Field, Schema, type RecordBatch } from 'apache-arrow'
import { lastValueFrom, toArray, type Observable } from 'rxjs'
import { leaves, type HostArray } from '../../../../src/engine/index.ts'
import type { Net } from '../../../../src/models/nets/contract.ts'
import { hostDraws } from '../../../../src/models/nets/host-draws.ts'
import { mlp } from '../../../../src/models/nets/mlp.ts'
import type { Noise } from '../../../../src/models/noise/contract.ts'
import { geometric } from '../../../../src/models/noise/geometric.ts'
import type { Preconditioning } from '../../../../src/models/preconditioning/contract.ts'
import { none } from '../../../../src/models/preconditioning/none.ts'
import { defaultVariables } from '../../../../src/models/variables.ts'
import { listColumn, listType, recordBatch } from '../../../../src/streams/arrow/columns.ts'
import { Model } from '../../../../src/streams/model.ts'
import { fromPull } from '../../../../src/streams/pull.ts'
import type { Declared } from '../../../../src/unit.ts'

export const NOISE = geometric({ largest: 2, smallest: 0.2, levels: 6 })

export interface DataOptions {
  readonly batches: number
  readonly rows?: number
  readonly dim?: number
  readonly mean?: readonly number[]
  readonly scale?: number
  readonly seed?: number
}

/** Batches of Gaussian rows in a list column x; each subscription gives the same. */
export function gaussianRows({ batches, rows = 16, dim = 2, mean = [], scale = 1, seed = 0 }: DataOptions): Observable<RecordBatch> {
  return fromPull(function* () {
    const draws = hostDraws(seed, 'data')
    for (let i = 0; i < batches; i++) yield rowBatch(draws.normal([rows * dim], scale).data.map((v, j) => v + (mean[j % dim] ?? 0)), dim)
  })
}

export const rowBatch = (values: Float32Array, dim: number): RecordBatch =>
  recordBatch(new Schema([new Field('x', listType(dim), false)]), values.length / dim, [listColumn(values, dim)])

export interface ModelShape {
  readonly name?: string
  readonly dim?: number
  readonly net?: Declared<Net<never>>
  readonly noise?: Declared<Noise>
  readonly preconditioning?: Declared<Preconditioning>
}

/** With the default net, one weight is packed by itself and the rest go into one vector. */
export function newModel({ name = 'm', dim = 2, net = mlp({ width: 100, layers: 2 }) as Declared<Net<never>>, noise = NOISE, preconditioning = none({}) }: ModelShape = {}): Model {
  return Model.create(name, { dim, variables: defaultVariables(dim), net: net as Declared<Net>, noise, preconditioning }, 7)
}

export const gather = (stream$: Observable<RecordBatch>): Promise<RecordBatch[]> => lastValueFrom(stream$.pipe(toArray()), { defaultValue: [] })

export const numbersOf = (batches: readonly RecordBatch[], name: string): number[] =>
  batches.flatMap((batch) => Array.from((batch.getChild(name)?.toArray() ?? []) as ArrayLike<number | bigint>, Number))

/** All numbers of the model's state. */
export const stateOf = async (model: Model): Promise<Record<string, number[]>> =>
  Object.fromEntries(Object.entries(await model.read()).map(([name, tree]) => [name, leaves<HostArray>(tree).flatMap(({ data }) => [...data])]))

/** The largest difference between two lists of numbers, over the larger of 1 and the value. */
export function farthest(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Infinity
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number)) / Math.max(1, Math.abs(value))), 0)
}
