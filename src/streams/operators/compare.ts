/**
 * Compares a stream with another one, variable by variable, once both have ended.
 *
 *   difference = mean − other mean,   standardised by √((sd² + other sd²) / 2)
 *   KS distance = sup |F − F'| of the two marginals
 *   total variation = ½ Σ |p_k − p'_k| of the shares of categories, of text in place of all the above
 *   squared MMD, sliced Wasserstein distance, squared energy distance of the joint distributions
 *
 * Variables are those that both have: of particles their variables, of rows all columns, if they are
 * of numbers, booleans (as 0 and 1), dates and times (counted in their own unit, which must be that of
 * the other stream) or text. Columns of other types, or of numbers here and text there, are left out;
 * a list column is one variable over all its coordinates, images of bytes count from 0 to 1. Means and deviations are over all values,
 * the first two distances over a keyed uniform sample of `sample_values` of each side: two equal distributions
 * differ by more than 1.95 √(2/n) in the first with probability 1e-3. The last three are of all variables but text at once,
 * the same in each row: over a keyed sample of `sample_rows` rows of each side; both squares may be
 * negative where the distributions are alike. Nulls and what is not finite are left out.
 * Constant memory. Beside a stream that never had a batch the other's figures stand next to nulls;
 * two such streams give nothing. Errors: data_column when no variable is in both, or a list has two
 * sizes.
 */
import { Vector, type RecordBatch } from 'apache-arrow'
import { defer, forkJoin, mergeMap, reduce, type Observable, type OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail, type HeatbathError } from '../../errors.ts'
import type { Points } from '../../models/diagnostics/contract.ts'
import { squaredEnergyDistance } from '../../models/diagnostics/energy-distance.ts'
import { ksDistance } from '../../models/diagnostics/kolmogorov-smirnov.ts'
import { squaredMmd } from '../../models/diagnostics/mmd.ts'
import { slicedWasserstein } from '../../models/diagnostics/sliced-wasserstein.ts'
import { totalVariation } from '../../models/diagnostics/total-variation.ts'
import { atUnitScale } from '../../models/diagnostics/unit-scale.ts'
import { measuredColumn, recordBatch, uint64Column, utf8Column } from '../arrow/columns.ts'
import { comparableColumns, comparableValues, type Comparable } from '../arrow/comparable.ts'
import { COMPARISON } from '../arrow/schemas.ts'
import { keyedDraws, type Draws } from '../draws.ts'
import { JointSample } from '../joint-sample.ts'
import { Moments } from '../moments.ts'
import { Reservoir } from '../reservoir.ts'
import { TextSample } from '../text-sample.ts'
import { nameOf } from '../../unit.ts'
import { defineOperator } from './contract.ts'
import { drawing, optionsOf } from './options.ts'

const Config = z.strictObject({
  to: nameOf('stream', 'The stream to compare with, by the columns that both have: of numbers, lists of them, booleans, dates and times of one unit, and text, of which the shares of categories are compared. Other columns are left out.'),
  sample_values: z.int().positive().max(10_000_000).default(10_000).meta({ description: 'Values of each variable that the KS distance is taken of, or the total variation.' }),
  sample_rows: z.int().min(2).max(20_000).default(1000).meta({ description: 'Rows that the joint distances are taken of; their time grows with its square.' }),
  standardize: z.boolean().default(true).meta({ description: 'Divide each coordinate by its standard deviation before the joint distances.' }),
})

const Options = Config.omit({ to: true }).extend({ ...drawing('stream'), to: z.string().default('other') })

export interface CompareOptions {
  readonly sample_values?: number
  readonly sample_rows?: number
  readonly standardize?: boolean
  readonly seed?: number
  /** Names of the two streams: they key the samples. */
  readonly stream?: string
  readonly to?: string
}

export function compare(other: Observable<RecordBatch>, options: CompareOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const { sample_values, sample_rows, standardize, seed, stream, to } = optionsOf('compare', Options, options)
  const summary = (source: Observable<RecordBatch>, side: string): Observable<Summary> => defer(() => {
    const draws = (what: string): Draws => keyedDraws(seed, `${stream}/compare/${to}/${side}${what}`)
    return source.pipe(reduce((sum, batch) => sum.add(batch), new Summary(draws, sample_values, sample_rows)))
  })
  return (source) => forkJoin([summary(source, 'one'), summary(other, 'other')]).pipe(mergeMap(([one, two]) => comparison(one, two, standardize, seed)))
}

export const compareOperator = defineOperator({
  name: 'compare',
  summary: 'Compares the distributions of two streams, variable by variable.',
  config: Config,
  example: 'through: [{ compare: { to: training } }]',
  reference: 'Massey 1951, https://doi.org/10.1080/01621459.1951.10500769; Gretton et al. 2012, https://jmlr.org/papers/v13/gretton12a.html',
  build: ({ to, ...options }, { seed, stream, from }) => (source) => source.pipe(compare(from(to), { ...options, seed, stream, to })),
})

interface VariableSummary {
  readonly column: Comparable
  /** Numbers in a row. */
  readonly size: number
  readonly moments: Moments
  readonly sample: Reservoir
  readonly texts: TextSample
}

class Summary {
  readonly variables = new Map<string, VariableSummary>()
  readonly joint: JointSample
  is_empty = true
  readonly #draws: (what: string) => Draws
  readonly #capacity: number

  /** `draws` are those of a place in the stream. */
  constructor(draws: (what: string) => Draws, values: number, rows: number) {
    this.joint = new JointSample(rows, draws(''))
    this.#draws = draws
    this.#capacity = values
  }

  add(batch: RecordBatch): this {
    this.is_empty = false
    this.joint.add(batch)
    for (const column of comparableColumns(batch.schema)) {
      const values = comparableValues(batch, column)
      if (values instanceof Vector) this.of(column, 1).texts.add(values)
      else {
        const { moments, sample } = this.of(column, values.size)
        moments.add(values.values)
        sample.add(values.values)
      }
    }
    return this
  }

  /** The summary of a variable, so far of nothing if it is new. */
  of(column: Comparable, size: number): VariableSummary {
    let variable = this.variables.get(column.name)
    if (variable === undefined) {
      const draws = this.#draws(`/${column.name}`)
      const numbers = column.kind === 'text' ? 0 : this.#capacity
      variable = { column, size, moments: new Moments(), sample: new Reservoir(numbers, draws), texts: new TextSample(this.#capacity, draws) }
      this.variables.set(column.name, variable)
    }
    return variable
  }
}

function comparison(one: Summary, other: Summary, standardize: boolean, seed: number): RecordBatch[] {
  if (one.is_empty && other.is_empty) return []
  const columns = columnsInBoth(one, other)
  const pairs = columns.map(({ column, size }) => {
    const [a, b] = [one.of(column, size), other.of(column, size)]
    if (a.size !== b.size) throw fail('data_column', { column: column.name, problem: `has ${a.size} numbers in a row of one stream and ${b.size} of the other` })
    return {
      a: a.moments,
      b: b.moments,
      distance: ksDistance(a.sample.sorted(), b.sample.sorted()),
      variation: totalVariation(a.texts.values(), b.texts.values()),
      counts: [a, b].map(({ moments, texts }) => BigInt(moments.count + texts.count)) as [bigint, bigint],
    }
  })
  const names = columns.map(({ column }) => column.name)
  const numbers = columns.filter(({ column }) => column.kind !== 'text').map(({ column }) => column.name)
  const joint = jointDistances(one.joint.points(numbers), other.joint.points(numbers), standardize, seed)
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
    column(({ variation }) => variation),
    ...joint.map((distance) => column(() => distance)),
    uint64Column(BigUint64Array.from(pairs, ({ counts }) => counts[0])),
    uint64Column(BigUint64Array.from(pairs, ({ counts }) => counts[1])),
  ])]
}

/** Squared MMD, sliced Wasserstein, squared energy distance; NaN where a side has fewer than two points. */
function jointDistances(a: Points, b: Points, standardize: boolean, seed: number): readonly [number, number, number] {
  if (a.dim === 0 || a.count < 2 || b.count < 2) return [NaN, NaN, NaN]
  const [x, y] = standardize ? atUnitScale(a, b) : [a, b]
  return [squaredMmd(x, y), slicedWasserstein(x, y, { seed }), squaredEnergyDistance(x, y)]
}

/** Variables of both, of one kind; of the other where a stream had no batch to tell its own. */
function columnsInBoth(one: Summary, other: Summary): VariableSummary[] {
  const [first, second] = [[...one.variables.values()], [...other.variables.values()]]
  if (one.is_empty) return second
  if (other.is_empty) return first
  const shared = first.filter(({ column: { name, kind } }) => other.variables.get(name)?.column.kind === kind)
  if (shared.length === 0) throw nothingShared(first, other.variables)
  return shared
}

function nothingShared(first: readonly VariableSummary[], second: Summary['variables']): HeatbathError {
  const names = (variables: Iterable<VariableSummary>): string => [...variables].map(({ column }) => column.name).join(', ')
  const twice = first.map(({ column }) => column).find(({ name }) => second.has(name))
  return twice === undefined
    ? fail('data_column', { column: names(first) || 'x', problem: `is not among the columns of the other stream that can be compared: ${names(second.values()) || 'none'}` })
    : fail('data_column', { column: twice.name, problem: `is ${twice.field.type} in one stream and ${second.get(twice.name)?.column.field.type} in the other` })
}

/** NaN where both are constant and alike. */
const standardized = (a: Moments, b: Moments): number => (a.mean - b.mean) / Math.sqrt((a.sd ** 2 + b.sd ** 2) / 2)
