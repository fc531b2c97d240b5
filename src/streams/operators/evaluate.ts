/**
 * What a model or an energy says of rows: appended to them, all their own columns untouched.
 *
 *   energy         E(x) of an energy, or of a model that is one, at its smallest noise level
 *   score_norm     |s(x)|, there too; of a model of categories, which has none, it is left out
 *   score_NAME     s(x) itself for each coordinate, in units of the coordinates, where `score` asks for it
 *   log_density    log p(x) in nats, by the probability-flow equation (models/flow-density.ts)
 *   bits_per_dim   −(log p(x) + log |dx/dv|)/(d ln 2), of values v in their columns' own units
 *
 * log_density and bits_per_dim are of data noised to the smallest level, and only where `log_density` asks for them.
 * Bytes are dequantised for them: a uniform number of one grey level's width is added to each, so that
 * bits_per_dim bounds from above what the bytes themselves cost in bits on average (Theis et al. 2016). Whole numbers of other types count
 * as continuous. A row depends on nothing but itself and its number in the stream. What is not finite is a null.
 * Errors: data_not_finite, data_category; data_column for a name that is taken; model_noise.
 */
import { Field, Float32, Schema, type Data, type RecordBatch } from 'apache-arrow'
import type { OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { defaultExecutor, split, tf, uniform, type Key } from '../../engine/index.ts'
import type { Tensor1D, Tensor2D } from '../../engine/tf.ts'
import type { DataEnergy, Energy } from '../../models/energies/contract.ts'
import { flowLogDensity, type FlowDensity } from '../../models/flow-density.ts'
import { sizeOfVariable, type Variable } from '../../models/variables.ts'
import { nameOf } from '../../unit.ts'
import { listColumn, listType, recordBatch } from '../arrow/columns.ts'
import { columnFromNumbers } from '../arrow/from-numbers.ts'
import { filterRows } from '../arrow/rows.ts'
import type { FittedEncoding } from '../encodings/contract.ts'
import { Model } from '../model.ts'
import { defineOperator, partOf } from './contract.ts'
import { givenEnergy } from './given-energy.ts'
import type { FlowOptions } from './numeric/options.ts'
import { drawing, optionsOf, running } from './options.ts'
import { finiteRows, pickRows } from './rows/coordinates.ts'
import { inTurn, type Work } from './rows/in-turn.ts'
import { RowProgram, type RowFunction } from './rows/program.ts'
import { energyRows, modelRows, type RowSubject } from './rows/subject.ts'

const Config = z.strictObject({
  model: nameOf('model', 'The model that is asked, once it is trained; or give an energy.').optional(),
  score: z.boolean().default(false).meta({ description: 'Also the score: score_NAME for each coordinate NAME.' }),
  log_density: z.strictObject({
    tolerance: z.number().positive().max(0.1).default(1e-5).meta({ description: 'Error of a step of the solver, relative to 1 + |x|.' }),
    probes: z.int().positive().default(1).meta({ description: 'Random directions in which the divergence of the score is taken, above 32 coordinates.' }),
    max_steps: z.int().positive().default(1000).meta({ description: 'Steps of the solver after which a row gets a null.' }),
  }).optional().meta({ description: 'Also log_density, in nats, and bits_per_dim, in the units of the columns, of a model with noise levels; of bytes those of grey levels: a uniform number of the width of one is added to each (dequantised), so that bits_per_dim bounds from above what they cost.' }),
  prefix: z.string().default('').meta({ description: 'What the names of the appended columns begin with.' }),
  on_invalid: z.literal(['error', 'drop', 'null', null]).default('error').meta({ description: 'What becomes of rows with a null, NaN or infinity, or a category that the model does not know: they may be left out, or get nulls.' }),
})

const Options = Config.omit({ model: true }).extend({ ...drawing('rows'), ...running })

type Evaluation = Omit<z.output<typeof Config>, 'model'>

export interface EvaluateOptions extends Omit<FlowOptions, 'max_batches_per_call'>, Partial<Omit<Evaluation, 'log_density'>> {
  /** Also log_density and bits_per_dim, with the fields of the declaration. */
  readonly log_density?: Partial<Evaluation['log_density']>
  readonly seed?: number
  /** Name of the stream: streams of different names draw independent numbers. */
  readonly stream?: string
}

/** Appends what a model says of rows, or an energy. */
export function evaluate(asked: Model | Energy, options: EvaluateOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const { prefix, on_invalid, score, log_density: density, executor = defaultExecutor(), stop, seed, stream } = optionsOf('evaluate', Options, options)
  const model = asked instanceof Model ? asked : undefined
  if (density !== undefined && model?.spec.noise === undefined) throw fail('model_noise', { model: model?.name ?? nameOfEnergy(asked as Energy) })
  return inTurn(() => {
    const subject = model === undefined ? energyRows(asked as Energy) : modelRows(model)
    const hasScore = model === undefined || model.spec.net.states === undefined
    const flow = density && { ...density, levels: model?.spec.noise?.levels ?? [], mean: model?.data?.mean ?? 0, sd: model?.data?.sd ?? 0 }
    const program = new RowProgram(subject, rowFunction(subject.encoding, flow, score, seed, stream), executor)
    const names: Column[] = [
      ...(model === undefined || model.spec.output === 'energy' ? ['energy'] as const : []),
      ...(hasScore ? ['score_norm'] as const : []),
      ...(density === undefined ? [] : ['log_density', 'bits_per_dim'] as const),
    ]
    return evaluated(program, subject, { names, score: hasScore && score, prefix, on_invalid, seed, stream })
  }, stop)
}

const nameOfEnergy = (energy: Energy & { readonly is?: { readonly name: string } }): string => energy.is?.name ?? 'an energy'

export const evaluateOperator = defineOperator({
  name: 'evaluate',
  summary: 'Appends to rows what a model or an energy says of them: energy, score and log-density.',
  config: Config,
  parts: [{ kind: 'energy', field: 'energy', is_optional: true, description: 'The energy that is asked; or give a model.' }],
  example: 'through: [{ evaluate: { model: digits, prefix: model_, log_density: { tolerance: 0.001 } } }]',
  reference: 'Song et al. 2021, https://arxiv.org/abs/2011.13456',
  build({ model, log_density, ...rest }, context, parts) {
    const { seed, site: stream, executor, stop } = context
    const options = { ...rest, ...(log_density === undefined ? {} : { log_density }), seed, stream, executor, stop }
    if (model !== undefined) return evaluate(context.model(model), options)
    return (rows$) => givenEnergy(partOf<Energy | DataEnergy>(parts, 'energy'), context, (energy) => rows$.pipe(evaluate(energy, options)))
  },
})

function rowFunction({ spacing }: FittedEncoding, flow: FlowDensity | undefined, givesScore: boolean, seed: number, stream: string): RowFunction {
  return {
    name: 'evaluate',
    text: JSON.stringify([flow, givesScore, spacing && [...spacing]]),
    seed,
    site: `${stream}/evaluate`,
    make({ functions, target }, x, key) {
      const smallest = target.levels?.at(-1)
      const sigma = smallest === undefined ? undefined : tf.fill([x.shape[0]], smallest) as Tensor1D
      const score = functions.score(x, sigma)
      const [spreadKey, probeKey] = split(key, 2) as [Key, Key]
      return {
        ...(functions.energy === undefined ? {} : { energy: functions.energy(x, sigma) }),
        score_norm: tf.sqrt(tf.sum(tf.square(score), 1)),
        ...(givesScore ? { score } : {}),
        ...(flow === undefined ? {} : { log_density: flowLogDensity(functions, spread(x, spacing, spreadKey), probeKey, flow) }),
      }
    },
  }
}

/** Values of a grid anywhere in their cells. */
const spread = (x: Tensor2D, spacing: Float32Array | undefined, key: Key): Tensor2D =>
  (spacing === undefined ? x : tf.add<Tensor2D>(x, tf.mul(tf.sub(uniform(key, x.shape, 0), 0.5), tf.tensor2d(spacing, [1, spacing.length]))))

interface Rule extends Pick<Evaluation, 'prefix' | 'on_invalid'> {
  /** Of the columns, without their prefix. */
  readonly names: readonly Column[]
  /** Whether the score is one of them, or several. */
  readonly score: boolean
  readonly seed: number
  readonly stream: string
}

type Column = 'energy' | 'score_norm' | 'log_density' | 'bits_per_dim'

const evaluated = (program: RowProgram, { dim, encoding }: RowSubject, { names, score, prefix, on_invalid, seed, stream }: Rule): Work => async (batch, first) => {
  const coordinates = encoding.encode(batch, { first_row: first, seed, stream, invalid: on_invalid === 'error' ? 'error' : 'mark' })
  const isFinite = finiteRows(coordinates, dim)
  const asked = Int32Array.from(isFinite.keys()).filter((row) => isFinite[row] === 1)
  const rows = on_invalid === 'drop' ? filterRows(batch, isFinite) : batch
  if (rows.numRows === 0) return undefined
  const places = on_invalid === 'drop' ? Int32Array.from(asked.keys()) : asked
  const given = asked.length === batch.numRows ? coordinates : pickRows(coordinates, asked, dim)
  const made = await program.run(given, asked.map((row) => (first + row) | 0))
  const columns: Partial<Record<Column, ArrayLike<number>>> = { ...made, bits_per_dim: bitsPerDim(made.log_density ?? [], encoding.logSlope(given), dim) }
  return appended(rows, [
    ...names.map((name) => [new Field(prefix + name, new Float32(), true), placed(columns[name] ?? [], places, rows.numRows)] as const),
    ...(score ? scoreColumns(made.score as Float32Array, encoding.variables, { prefix, places, rows: rows.numRows, dim }) : []),
  ])
}

/** A column for each variable: a list for a list. */
function scoreColumns(score: Float32Array, variables: readonly Variable[], { prefix, places, rows, dim }: { prefix: string; places: Int32Array; rows: number; dim: number }): (readonly [Field, Data])[] {
  let at = 0
  return variables.map((variable) => {
    const [size, from] = [sizeOfVariable(variable), at]
    at += size
    const name = `${prefix}score_${variable.name}`
    if (variable.shape === undefined) return [new Field(name, new Float32(), true), placed(Float32Array.from(places, (_, i) => score[i * dim + from] as number), places, rows)]
    const values = new Float32Array(rows * size).fill(NaN)
    places.forEach((place, i) => values.set(score.subarray(i * dim + from, i * dim + from + size), place * size))
    return [new Field(name, listType(size), false), listColumn(values, size)]
  })
}

const bitsPerDim = (logDensity: ArrayLike<number>, logSlope: Float64Array, dim: number): Float64Array =>
  Float64Array.from(logDensity, (value, row) => -(value + (logSlope[row] as number)) / (dim * Math.LN2))

/** Nulls where there is no value. */
function placed(values: ArrayLike<number>, places: Int32Array, rows: number): Data {
  const numbers = new Float64Array(rows).fill(NaN)
  places.forEach((place, i) => (numbers[place] = values[i] as number))
  return columnFromNumbers(new Float32(), numbers)
}

function appended({ schema, numRows, data }: RecordBatch, columns: readonly (readonly [Field, Data])[]): RecordBatch {
  const [taken] = columns.map(([{ name }]) => name).filter((name) => schema.names.includes(name))
  if (taken !== undefined) throw fail('data_column', { column: taken, problem: 'is there already: give the appended columns a prefix' })
  return recordBatch(new Schema([...schema.fields, ...columns.map(([field]) => field)], schema.metadata), numRows, [...data.children, ...columns.map(([, column]) => column)])
}
