/**
 * Fills what is missing in rows: draws it from what a model says, given what is known.
 *
 *   before each step   x_known ← v + σ ξ,   v the known coordinates, σ the level of the step, ξ ~ N(0, I)
 *   the step           one of any sampler over noise levels, on all coordinates: from σ to σ'
 *   between repeats    x ← x + √(σ² − σ'²) ξ, and the step again
 *   at last            x_known ← v
 *
 * with `reconstruction`, by the score of what agrees with v once noise is taken away:
 *   s(x, σ) + ∇ log N(v; (x + σ² s(x, σ))_known, σ² d²/(σ² + d²) I),   d the deviation of a coordinate of the data
 *
 * Approximate conditioning: unknown coordinates see known ones through the noise of each level, and settle
 * where they no longer move. More steps at each level, or repeats of those of a sampler that makes one, let
 * them settle later, where the noise is small; with `reconstruction` they heed what is known from the start.
 * Each step begins anew from where clamping led: dpm_solver, which goes by the step before, is ddim here.
 * A null, NaN or infinity is missing, and so is a category that the model does not know; nulls alone may be of any type. Known values stay as they are, converted where their type is another; columns come in the
 * types of the model's encoding (`values` gives float32, bytes as numbers from 0 to 1), other columns pass through. With
 * several draws each row comes so many times in succession, numbered in the column `draw`; rows without gaps as well.
 * A row depends on nothing but itself and its number in the stream; one whose chain diverges keeps its gaps.
 * Errors: model_noise, sampler_needs, data_column.
 */
import { DataType, Field, Schema, Uint32, type Data, type RecordBatch } from 'apache-arrow'
import type { OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { defaultExecutor, entryAt, fold, keyAt, loop, normal, split, tf, type Key } from '../../engine/index.ts'
import type { Scalar, Tensor2D } from '../../engine/tf.ts'
import { isOverLevels, type Sampler, type Tuning } from '../../models/samplers/contract.ts'
import { reconstructing } from '../../models/reconstruction.ts'
import type { Target } from '../../models/target.ts'
import { sizeOfVariable } from '../../models/variables.ts'
import { identityText, nameOf, type Declared } from '../../unit.ts'
import { isSet, validBits } from '../arrow/bits.ts'
import { recordBatch, uint32Column } from '../arrow/columns.ts'
import { columnOf, isMissing } from '../arrow/read.ts'
import { gatherRows } from '../arrow/rows.ts'
import { joinRuns } from '../arrow/runs.ts'
import type { FittedEncoding } from '../encodings/contract.ts'
import type { Model } from '../model.ts'
import { defineOperator, partOf } from './contract.ts'
import type { FlowOptions } from './numeric/options.ts'
import { drawing, optionsOf, running } from './options.ts'
import { finiteRows, pickRows } from './rows/coordinates.ts'
import { inTurn, type Work } from './rows/in-turn.ts'
import { RowProgram, type RowFunction } from './rows/program.ts'
import { modelRows } from './rows/subject.ts'

const Config = z.strictObject({
  model: nameOf('model', 'The model that is drawn from, once it is trained: one with noise levels.'),
  draws: z.int().positive().max(10_000).default(1).meta({ description: 'How many times each row is filled, independently.' }),
  repeats: z.int().positive().default(1).meta({ description: 'How many times each step of the sampler is made, with noise added in between to go back to where it started.' }),
  reconstruction: z.strictObject({
    sd: z.number().positive().meta({ description: 'd: standard deviation of a coordinate of the data, about; of images with values from 0 to 1 some 0.3.' }),
  }).optional().meta({ description: 'Steers unknown coordinates to where the model reconstructs the known ones from the noise: fewer steps do, each takes two to three times as long.' }),
})

const Options = Config.omit({ model: true }).extend({ ...drawing('rows'), ...running })

type Reconstruction = NonNullable<z.output<typeof Config>['reconstruction']>

export interface ImputeOptions extends Omit<FlowOptions, 'max_batches_per_call'> {
  readonly draws?: number
  /** How many times each step of the sampler is made. */
  readonly repeats?: number
  /** Steers unknown coordinates by what the model reconstructs of the known ones; `sd` is the deviation of a coordinate of the data. */
  readonly reconstruction?: Reconstruction | undefined
  readonly seed?: number
  /** Name of the stream: streams of different names draw independent numbers. */
  readonly stream?: string
}

export function impute(model: Model, sampler: Declared<Sampler>, options: ImputeOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const { draws, repeats, reconstruction, executor = defaultExecutor(), stop, seed, stream } = optionsOf('impute', Options, options)
  if (model.spec.noise === undefined) throw fail('model_noise', { model: model.name })
  if (!isOverLevels(sampler)) throw fail('sampler_needs', { sampler: 'impute', need: 'a sampler over noise levels', target: sampler.is.name })
  return inTurn(() => {
    const subject = modelRows(model)
    const program = new RowProgram(subject, fillFunction(sampler, { repeats, reconstruction }, seed, stream), executor)
    return imputed(program, subject.encoding, { dim: model.spec.dim, draws, seed, stream })
  }, stop)
}

export const imputeOperator = defineOperator({
  name: 'impute',
  summary: 'Fills nulls of rows with draws from a model, given the rest of the row.',
  config: Config,
  parts: [{ kind: 'sampler', field: 'sampler', description: 'What draws: a sampler over noise levels. As each step begins from other positions than the one before led to, dpm_solver is ddim here.' }],
  example: 'through: [{ impute: { model: digits, sampler: { annealed_langevin: { steps_per_level: 4 } }, draws: 2 } }]',
  reference: 'Song et al. 2021, appendix I.2, https://arxiv.org/abs/2011.13456; Lugmayr et al. 2022 (repeats), https://arxiv.org/abs/2201.09865; Song, Vahdat, Mardani & Kautz 2023 (reconstruction), https://openreview.net/forum?id=9_gsMA8MRKQ',
  build: ({ model, draws, repeats, reconstruction }, { seed, site: stream, executor, stop, model: named }, parts) =>
    impute(named(model), partOf<Sampler>(parts, 'sampler'), { draws, repeats, reconstruction, seed, stream, executor, stop }),
})

/** How steps are made. */
type Filling = Pick<ImputeOptions, 'reconstruction'> & { readonly repeats: number }

function fillFunction(sampler: Declared<Sampler>, filling: Filling, seed: number, stream: string): RowFunction {
  return {
    name: 'impute',
    text: identityText([sampler.is, filling]),
    seed,
    site: `${stream}/impute`,
    make: ({ target }, x, key) => ({ x: tf.transpose(filled(sampler, filling, target, tf.transpose(x), key)) }),
  }
}

/** The rows with draws in place of NaN, [dim, rows]. */
function filled(sampler: Sampler, { repeats, reconstruction }: Filling, model: Target, rows: Tensor2D, key: Key): Tensor2D {
  const [startKey, clampKey, stepKey, returnKey] = split(key, 4) as [Key, Key, Key, Key]
  const isMissing = tf.isNaN(rows)
  const known = tf.where(isMissing, 0, rows) as Tensor2D
  const target = reconstruction === undefined ? model : reconstructing(model, known, isMissing, reconstruction)
  const steps = sampler.numSteps?.(target) ?? 0
  const sigmas = Array.from({ length: steps }, (_, step) => sampler.sigmaOf?.(step, target) ?? 0)
  const returns = sigmas.map((sigma, step) => Math.sqrt(Math.max(0, sigma ** 2 - (sigmas[step + 1] ?? 0) ** 2))) // noise from the end of a step back to its start
  const start = (sampler.start?.draw(startKey, rows.shape, target) ?? normal(startKey, rows.shape)) as Tensor2D
  const end = loop({ to: steps * repeats, state: start }, (x, index) => {
    const step = tf.floorDiv<Scalar>(index, tf.scalar(repeats, 'int32'))
    const turn = tf.sub<Scalar>(index, tf.mul(step, tf.scalar(repeats, 'int32')))
    const at = (own: Key): Key => keyAt((repeats === 1 ? own : fold(own, turn)).words, own.lanes, step)
    const noised = (clean: Tensor2D, scales: readonly number[], own: Key): Tensor2D => tf.add(clean, tf.mul(entryAt(scales, step), normal(at(own), rows.shape)))
    const clamped = tf.where(isMissing, x, noised(known, sigmas, clampKey)) as Tensor2D
    const [{ x: next }] = sampler.step(at(stepKey), sampler.init(clamped, target), target, sampler.tuning?.(target) ?? UNTUNED)
    return repeats === 1 ? next : tf.where(tf.less(turn, repeats - 1), noised(next, returns, returnKey), next) as Tensor2D
  })
  return tf.where(isMissing, end, known)
}

/** Of a sampler that has nothing to tune. */
const UNTUNED = {} as Tuning

interface Rule {
  readonly dim: number
  readonly draws: number
  readonly seed: number
  readonly stream: string
}

const imputed = (program: RowProgram, encoding: FittedEncoding, { dim, draws, seed, stream }: Rule): Work => async (batch, first) => {
  const coordinates = encoding.encode(batch, { first_row: first, seed, stream, invalid: 'mark' })
  const row = Uint32Array.from({ length: batch.numRows * draws }, (_, i) => Math.floor(i / draws))
  const given = draws === 1 ? coordinates : pickRows(coordinates, row, dim)
  const isWhole = finiteRows(given, dim)
  const gaps = Uint32Array.from(row.keys()).filter((i) => isWhole[i] === 0)
  const missing = pickRows(given, gaps, dim).map((value) => (Number.isFinite(value) ? value : NaN))
  const { x = new Float32Array() } = await program.run(missing, Int32Array.from(gaps, (i) => (first * draws + i) | 0))
  const all = given.slice()
  gaps.forEach((i, at) => all.set(x.subarray(at * dim, (at + 1) * dim), i * dim))

  const rows = draws === 1 ? batch : gatherRows([batch], new Uint32Array(row.length), row)
  return withColumns(rows, filledColumns(rows, encoding, given, all, dim), draws)
}

interface Column {
  readonly field: Field
  readonly data: Data
}

/** The columns of the encoding: a row's own value where it has one, else decoded. */
function filledColumns(rows: RecordBatch, encoding: FittedEncoding, given: Float32Array, all: Float32Array, dim: number): Column[] {
  const places = placesOf(encoding)
  const made = encoding.decode(all)
  return encoding.fields.map((field, i) => {
    const column = columnOf(rows, field.name)
    const decoded = made[i] as Data
    if (isMissing(column)) return { field, data: decoded }
    const own = encoding.convert?.(column, i) ?? column
    const { at = 0, size = 0 } = places.get(field.name) ?? {}
    if (DataType.isFixedSizeList(field.type) || String(own.type) !== String(decoded.type)) return { field, data: decoded }
    const valid = validBits(own)
    const chunk = Uint32Array.from({ length: rows.numRows }, (_, row) => {
      const isKnown = (valid === undefined || isSet(valid, row)) && given.subarray(row * dim + at, row * dim + at + size).every(Number.isFinite)
      return isKnown ? 0 : 1
    })
    return { field, data: joinRuns(field.name, [own, decoded], { chunk, start: Uint32Array.from(chunk.keys()), length: new Uint32Array(chunk.length).fill(1), rows: chunk.length }) }
  })
}

/** Which coordinates are a column's. */
function placesOf({ variables }: FittedEncoding): ReadonlyMap<string, { readonly at: number; readonly size: number }> {
  let end = 0
  return new Map(variables.map((variable) => {
    const size = sizeOfVariable(variable)
    return [variable.name, { at: (end += size) - size, size }]
  }))
}

function withColumns({ schema, numRows, data }: RecordBatch, columns: readonly Column[], draws: number): RecordBatch {
  const all = schema.fields.map((field, i) => columns.find((column) => column.field.name === field.name) ?? { field, data: data.children[i] as Data })
  if (draws > 1) {
    if (schema.names.includes(DRAW)) throw fail('data_column', { column: DRAW, problem: 'is there already, where draws are numbered' })
    all.push({ field: new Field(DRAW, new Uint32(), false), data: uint32Column(Uint32Array.from({ length: numRows }, (_, i) => i % draws)) })
  }
  return recordBatch(new Schema(all.map(({ field }) => field), schema.metadata), numRows, all.map((column) => column.data))
}

const DRAW = 'draw'
