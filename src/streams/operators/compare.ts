/**
 * Compares a stream with another one, variable by variable, once both have ended.
 *
 *   difference = mean − other mean,   standardised by √((sd² + other sd²) / 2)
 *   KS distance = sup |F − F'| of the two marginals
 *   squared MMD, sliced Wasserstein distance, squared energy distance of the joint distributions
 *
 * Variables are those that both have: of particles their variables, of rows all columns of numbers;
 * a list column is one variable over all its coordinates. Means and deviations are over all values,
 * the distance over a keyed uniform sample of `sample_values` of each side: two equal distributions
 * differ by more than 1.95 √(2/n) with probability 1e-3. The last three are of all variables at once,
 * the same in each row: over a keyed sample of `sample_rows` rows of each side; both squares may be
 * negative where the distributions are alike. Nulls and what is not finite are left out.
 * Constant memory. Beside a stream that never had a batch the other's figures stand next to nulls;
 * two such streams give nothing. Errors: data_column when no variable is in both, or a list has two
 * sizes.
 */
import type { RecordBatch } from 'apache-arrow'
import { defer, forkJoin, mergeMap, reduce, type Observable, type OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import type { Points } from '../../models/diagnostics/contract.ts'
import { squaredEnergyDistance } from '../../models/diagnostics/energy-distance.ts'
import { ksDistance } from '../../models/diagnostics/kolmogorov-smirnov.ts'
import { squaredMmd } from '../../models/diagnostics/mmd.ts'
import { slicedWasserstein } from '../../models/diagnostics/sliced-wasserstein.ts'
import { atUnitScale } from '../../models/diagnostics/unit-scale.ts'
import { measuredColumn, recordBatch, uint64Column, utf8Column } from '../arrow/columns.ts'
import { COMPARISON, variablesOf } from '../arrow/schemas.ts'
import { keyedDraws, type Draws } from '../draws.ts'
import { JointSample } from '../joint-sample.ts'
import { Moments } from '../moments.ts'
import { Reservoir } from '../reservoir.ts'
import { nameOf } from '../../unit.ts'
import { defineOperator } from './contract.ts'
import { drawing, optionsOf } from './options.ts'

const Config = z.strictObject({
  to: nameOf('stream', 'The stream to compare with.'),
  sample_values: z.int().positive().max(10_000_000).default(10_000).meta({ description: 'Values of each variable that the KS distance is taken of.' }),
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
  readonly size: number
  readonly moments: Moments
  readonly sample: Reservoir
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
    for (const { name, values, size } of variablesOf(batch)) {
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
      variable = { size, moments: new Moments(), sample: new Reservoir(this.#capacity, this.#draws(`/${name}`)) }
      this.variables.set(name, variable)
    }
    return variable
  }
}

function comparison(one: Summary, other: Summary, standardize: boolean, seed: number): RecordBatch[] {
  if (one.is_empty && other.is_empty) return []
  const names = namesInBoth(one, other)
  const pairs = names.map((name) => {
    const size = (one.variables.get(name) ?? other.variables.get(name) as VariableSummary).size
    const [a, b] = [one.of(name, size), other.of(name, size)]
    if (a.size !== b.size) throw fail('data_column', { column: name, problem: `has ${a.size} numbers in a row of one stream and ${b.size} of the other` })
    return { a: a.moments, b: b.moments, distance: ksDistance(a.sample.sorted(), b.sample.sorted()) }
  })
  const joint = jointDistances(one.joint.points(names), other.joint.points(names), standardize, seed)
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
    ...joint.map((distance) => column(() => distance)),
    uint64Column(BigUint64Array.from(pairs, ({ a }) => BigInt(a.count))),
    uint64Column(BigUint64Array.from(pairs, ({ b }) => BigInt(b.count))),
  ])]
}

/** Squared MMD, sliced Wasserstein, squared energy distance; NaN where a side has fewer than two points. */
function jointDistances(a: Points, b: Points, standardize: boolean, seed: number): readonly [number, number, number] {
  if (a.count < 2 || b.count < 2) return [NaN, NaN, NaN]
  const [x, y] = standardize ? atUnitScale(a, b) : [a, b]
  return [squaredMmd(x, y), slicedWasserstein(x, y, { seed }), squaredEnergyDistance(x, y)]
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
