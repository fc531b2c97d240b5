/**
 * Compares a stream with another one, variable by variable, once both have ended.
 *
 *   difference = mean − other mean,   standardised by √((sd² + other sd²) / 2)
 *   KS distance = sup |F − F'| of the two marginals
 *
 * Variables are those that both have: of particles their variables, of rows all columns of numbers;
 * a list column is one variable over all its coordinates. Means and deviations are over all values,
 * the distance over a keyed uniform sample of `sample_values` of each side: two equal distributions
 * differ by more than 1.95 √(2/n) with probability 1e-3. Nulls and what is not finite are left out.
 * Constant memory. Beside a stream that never had a batch the other's figures stand next to nulls;
 * two such streams give nothing. Errors: data_column when no variable is in both, or a list has two
 * sizes.
 */
import type { RecordBatch } from 'apache-arrow'
import { defer, forkJoin, mergeMap, reduce, type Observable, type OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { ksDistance } from '../../models/diagnostics/kolmogorov-smirnov.ts'
import { measuredColumn, recordBatch, uint64Column, utf8Column } from '../arrow/columns.ts'
import { numbersOf, type ColumnNumbers } from '../arrow/numbers.ts'
import { columnOf } from '../arrow/read.ts'
import { COMPARISON, variableFields } from '../arrow/schemas.ts'
import { keyedDraws } from '../draws.ts'
import { Moments } from '../moments.ts'
import { Reservoir } from '../reservoir.ts'
import { nameOf } from '../../unit.ts'
import { defineOperator } from './contract.ts'

const Config = z.strictObject({
  to: nameOf('stream', 'The stream to compare with.'),
  sample_values: z.int().positive().max(10_000_000).default(10_000).meta({ description: 'Values of each variable that the KS distance is taken of.' }),
})

export interface CompareOptions {
  readonly sample_values?: number
  readonly seed?: number
  /** Names of the two streams: they key the samples. */
  readonly stream?: string
  readonly to?: string
}

export function compare(other: Observable<RecordBatch>, { sample_values = 10_000, seed = 0, stream = 'stream', to = 'other' }: CompareOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const summary = (source: Observable<RecordBatch>, side: string): Observable<Summary> =>
    defer(() => source.pipe(reduce((sum, batch) => sum.add(batch), new Summary(sample_values, seed, `${stream}/compare/${to}/${side}`))))
  return (source) => forkJoin([summary(source, 'one'), summary(other, 'other')]).pipe(mergeMap(([one, two]) => comparison(one, two)))
}

export const compareOperator = defineOperator({
  name: 'compare',
  summary: 'Compares the distributions of two streams, variable by variable.',
  config: Config,
  example: 'through: [{ compare: { to: training } }]',
  reference: 'Massey 1951, https://doi.org/10.1080/01621459.1951.10500769',
  build: ({ to, sample_values }, { seed, stream, from }) => (source) => source.pipe(compare(from(to), { sample_values, seed, stream, to })),
})

interface VariableSummary {
  readonly size: number
  readonly moments: Moments
  readonly sample: Reservoir
}

class Summary {
  readonly variables = new Map<string, VariableSummary>()
  is_empty = true
  readonly #capacity: number
  readonly #seed: number
  readonly #site: string

  constructor(capacity: number, seed: number, site: string) {
    this.#capacity = capacity
    this.#seed = seed
    this.#site = site
  }

  add(batch: RecordBatch): this {
    this.is_empty = false
    for (const { name } of variableFields(batch.schema)) {
      const { values, size } = numbersOf(columnOf(batch, name)) as ColumnNumbers
      const { moments, sample } = this.of(name, size)
      moments.add(values)
      sample.add(values)
    }
    return this
  }

  /** The summary of a variable, so far of nothing if it is new. */
  of(name: string, size: number): VariableSummary {
    let variable = this.variables.get(name)
    if (variable === undefined) {
      variable = { size, moments: new Moments(), sample: new Reservoir(this.#capacity, keyedDraws(this.#seed, `${this.#site}/${name}`)) }
      this.variables.set(name, variable)
    }
    return variable
  }
}

function comparison(one: Summary, other: Summary): RecordBatch[] {
  if (one.is_empty && other.is_empty) return []
  const names = namesInBoth(one, other)
  const pairs = names.map((name) => {
    const size = (one.variables.get(name) ?? other.variables.get(name) as VariableSummary).size
    const [a, b] = [one.of(name, size), other.of(name, size)]
    if (a.size !== b.size) throw fail('data_column', { column: name, problem: `has ${a.size} numbers in a row of one stream and ${b.size} of the other` })
    return { a: a.moments, b: b.moments, distance: ksDistance(a.sample.sorted(), b.sample.sorted()) }
  })
  const column = (value: (pair: (typeof pairs)[number]) => number) => measuredColumn(Float64Array.from(pairs, value))
  return [recordBatch(COMPARISON, names.length, [
    utf8Column(names),
    column(({ a }) => a.mean),
    column(({ a }) => a.sd),
    column(({ b }) => b.mean),
    column(({ b }) => b.sd),
    column(({ a, b }) => a.mean - b.mean),
    column(({ a, b }) => standardized(a, b)),
    column(({ distance }) => distance),
    uint64Column(BigUint64Array.from(pairs, ({ a }) => BigInt(a.count))),
    uint64Column(BigUint64Array.from(pairs, ({ b }) => BigInt(b.count))),
  ])]
}

/** Variables of both; of the other where a stream had no batch to tell its own. */
function namesInBoth(one: Summary, other: Summary): string[] {
  const [first, second] = [[...one.variables.keys()], [...other.variables.keys()]]
  if (one.is_empty) return second
  if (other.is_empty) return first
  const names = first.filter((name) => second.includes(name))
  if (names.length === 0) throw fail('data_column', { column: first.join(', ') || 'x', problem: `is not among the columns of numbers of the other stream: ${second.join(', ') || 'none'}` })
  return names
}

/** NaN where both are constant and alike. */
const standardized = (a: Moments, b: Moments): number => (a.mean - b.mean) / Math.sqrt((a.sd ** 2 + b.sd ** 2) / 2)
