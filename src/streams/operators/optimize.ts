/**
 * Updates a model by gradients.
 *
 *   g ← g min(1, c/|g|),   θ ← θ + Δθ(g),   θ̄ ← ρ_t θ̄ + (1 − ρ_t) θ,   ρ_t = min(ρ, (1 + t)/(10 + t))
 *
 * c clips the gradient's norm; θ̄ is the average that sampling uses, with decay ρ, less in the first
 * updates t = 1, 2, …, so that where it started is soon forgotten. Gives the
 * training stream, one row per update. Errors: training_diverged when a loss is not finite (the
 * model is then as before the call), gradient_stale when a gradient is not of the model's version.
 */
import { Field, Float32, Schema, Uint64, type RecordBatch } from 'apache-arrow'
import type { OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { float32, leaves, mapTree, rebuild, tf, type HostArray } from '../../engine/index.ts'
import { sameShape, sizeOf } from '../../engine/array.ts'
import type { Scalar, Tensor } from '../../engine/tf.ts'
import type { Packed } from '../../models/packing.ts'
import type { Optimizer, Slots } from '../../models/optimizers/contract.ts'
import { constant } from '../../models/schedules/constant.ts'
import type { Schedule } from '../../models/schedules/contract.ts'
import { identityText, nameOf, type Declared } from '../../unit.ts'
import { float32Column, nullColumn, recordBatch, uint64Column } from '../arrow/columns.ts'
import type { Model, ModelState } from '../model.ts'
import { defineOperator, partOf } from './contract.ts'
import { numeric } from './numeric/flow.ts'
import type { Fetched, Kernel } from './numeric/kernel.ts'
import type { FlowOptions } from './numeric/options.ts'
import { flowing, optionsOf } from './options.ts'

const Config = z.strictObject({
  model: nameOf('model', 'The model that is trained.'),
  ema_decay: z.number().gt(0).lt(1).optional().meta({ description: 'Largest decay of the running average of the parameters that sampling uses; none is kept unless given.' }),
  clip_norm: z.number().positive().optional().meta({ description: 'Largest norm of the gradient; it is not clipped unless given.' }),
})

const Options = Config.omit({ model: true }).extend({ ...flowing, schedule: z.custom<Declared<Schedule>>().exactOptional(), rows_per_epoch: z.int().nonnegative().exactOptional() })

export interface OptimizeOptions extends FlowOptions {
  /** What the learning rate is multiplied by; constant unless given. */
  readonly schedule?: Declared<Schedule>
  /** ρ; no average is kept unless given. */
  readonly ema_decay?: number | undefined
  /** c; gradients are not clipped unless given. */
  readonly clip_norm?: number | undefined
  /** Rows of the training data, for the epoch column. */
  readonly rows_per_epoch?: number
}

export function optimize(model: Model, rule: Declared<Optimizer>, options: OptimizeOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const given = optionsOf('optimize', Options, options)
  return numeric(optimizeKernel(model, rule, given), model, given)
}

export const optimizeOperator = defineOperator({
  name: 'optimize',
  summary: 'Updates a model by the gradients of its loss.',
  config: Config,
  parts: [
    { kind: 'optimizer', description: 'The rule.' },
    { kind: 'schedule', field: 'schedule', is_optional: true, description: 'What the learning rate is multiplied by; constant unless given.' },
  ],
  example: 'through: [{ optimize: { model: digits, adam: { learning_rate: 0.001 }, ema_decay: 0.999 } }]',
  reference: 'Robbins & Monro 1951, https://doi.org/10.1214/aoms/1177729586',
  build: ({ model: name, ema_decay, clip_norm }, { model, executor, stop, rows }, parts) =>
    optimize(model(name), partOf<Optimizer>(parts, 'optimizer'), {
      executor,
      stop,
      ...(parts.schedule === undefined ? {} : { schedule: partOf<Schedule>(parts, 'schedule') }),
      ...(ema_decay === undefined ? {} : { ema_decay }),
      ...(clip_norm === undefined ? {} : { clip_norm }),
      ...(rows === undefined ? {} : { rows_per_epoch: rows }),
    }),
})

interface TrainingState extends ModelState {
  readonly slots: Readonly<Record<string, Packed<Tensor>>>
}

function optimizeKernel(model: Model, rule: Declared<Optimizer>, options: OptimizeOptions): Kernel {
  const { ema_decay, clip_norm, rows_per_epoch, schedule = constant({}) } = options
  return {
    name: rule.is.name,
    text: identityText(['optimize', rule.is, schedule.is, ema_decay, clip_norm]),
    reads: ['loss', 'gradient'],
    gives: ['loss', 'gradient_norm', 'learning_rate'],
    passes_reports: true,
    seed: 0,
    site: 'optimize',
    updates: true,
    keeps: {
      slots: { of: [rule.is.name, ...rule.slots].join(' '), make: (parameters) => Object.fromEntries(rule.slots.map((name) => [name, zerosLike(parameters)])) },
      average: ema_decay === undefined ? undefined : { of: 'parameters', make: (parameters) => parameters },
    },
    step({ step }, state, values) {
      const gradient = asTree(values.gradient, state.parameters)
      const norm = globalNorm(gradient)
      const clipped = clip_norm === undefined ? gradient : scaled(gradient, tf.minimum(1, tf.div(clip_norm, norm)))
      const number = tf.add<Scalar>(tf.cast(step, 'float32'), 1)
      const rate = afterAll(norm, tf.mul<Scalar>(rule.learning_rate, schedule.factor(number)))
      const after = updated(rule, state as TrainingState, clipped, rate, number)
      const average = ema_decay === undefined ? {} : { average: averaged(state.average as Packed<unknown>, after.parameters, decayAt(number, ema_decay)) }
      return { state: { ...state, ...after, ...average }, values: { loss: tf.reshape(values.loss as Tensor, []), gradient_norm: norm, learning_rate: rate } }
    },
    batches: (fetched) => [trainingBatch(fetched, rows_per_epoch)],
    checkInput(batch) {
      const version = batch.getChild('version')?.get(0) as bigint | undefined
      if (version === undefined) return
      if (batch.numRows > 1) throw fail('data_column', { column: 'gradient', problem: `has ${batch.numRows} rows in one batch: they are taken one by one` })
      if (version !== BigInt(model.version)) throw fail('gradient_stale', { of: version, at: model.version })
    },
    checkOutput({ values, first, batches }) {
      const at = (values.loss as HostArray).data.subarray(0, batches).findIndex((loss) => !Number.isFinite(loss))
      if (at >= 0) throw fail('training_diverged', { model: model.name, loss: (values.loss as HostArray).data[at], step: first + at + 1, kept: first })
    },
  }
}

const zerosLike = (arrays: Packed<unknown>): Packed<unknown> =>
  mapTree((leaf) => float32((leaf as HostArray).shape, new Float32Array((leaf as HostArray).data.length)), arrays)

/** A gradient as a tree of the parameters' shape, from such a tree or from one flat row. */
function asTree(gradient: unknown, parameters: Packed<unknown>): Packed<Tensor> {
  if (!(gradient instanceof tf.Tensor)) return gradient as Packed<Tensor>
  let at = 0
  return mapTree<Packed<unknown>, Tensor, Packed<Tensor>>((leaf) => {
    const { shape } = leaf
    const part = tf.reshape(tf.slice(tf.reshape(gradient as Tensor, [-1]), at, sizeOf(shape)), shape)
    at += sizeOf(shape)
    return part
  }, parameters)
}

const globalNorm = (gradient: Packed<Tensor>): Scalar =>
  tf.sqrt(leaves<Tensor>(gradient).map(squaredNorm).reduce((sum, t) => tf.add(sum, t)))

/**
 * The rate, known no sooner than the norm of all gradients: no product then reads a parameter after its update, and XLA
 * updates it in place, where it would copy it first. NaN where the norm is.
 */
const afterAll = (norm: Scalar, rate: Scalar): Scalar => tf.where(tf.greaterEqual(norm, 0), rate, NaN)

/** Numbers that XLA sums as it squares them. */
const GROUP = 16

/**
 * Sums over groups of rows, or of runs of a row, vectorise; the relu changes nothing, but keeps XLA from merging the two
 * sums into one that does not.
 */
function squaredNorm(t: Tensor): Scalar {
  const squares = tf.square(t)
  const columns = t.shape.at(-1) ?? 1
  const rows = t.size / columns
  const groups = rows % GROUP === 0 ? [rows / GROUP, GROUP, columns] : columns % GROUP === 0 ? [rows, GROUP, columns / GROUP] : undefined
  return groups === undefined ? tf.sum(squares) : tf.sum(tf.relu(tf.sum(tf.reshape(squares, groups), 1)))
}

const scaled = (gradient: Packed<Tensor>, factor: Tensor): Packed<Tensor> => mapTree<Packed<Tensor>, Tensor>((t) => tf.mul(t, factor), gradient)

const decayAt = (step: Scalar, most: number): Scalar => tf.minimum(most, tf.div(tf.add(1, step), tf.add(10, step)))

const averaged = (average: Packed<unknown>, parameters: Packed<Tensor>, decay: Scalar): Packed<unknown> =>
  mapTree<Packed<unknown>, Tensor>((mean, now) => tf.add(tf.mul(mean, decay), tf.mul(now as Tensor, tf.sub(1, decay))), average, parameters)

function updated(rule: Declared<Optimizer>, { parameters, slots }: TrainingState, gradient: Packed<Tensor>, rate: Scalar, step: Scalar) {
  const slotLeaves = rule.slots.map((name) => leaves<Tensor>(slots[name]))
  const gradients = leaves<Tensor>(gradient)
  const changes = leaves<Tensor>(parameters).map((parameter, i) => {
    const own: Slots = Object.fromEntries(rule.slots.map((name, j) => [name, slotLeaves[j]?.[i] as Tensor]))
    const [change, after] = rule.update(gradients[i] as Tensor, own, parameter, rate, step)
    if (!sameShape(change.shape, parameter.shape)) {
      throw fail('component_failed', { component: `optimizer ${rule.is.name}`, reason: `it changes parameters [${parameter.shape.join(', ')}] by [${change.shape.join(', ')}]` })
    }
    return { parameter: tf.add(parameter, change), after }
  })
  return {
    parameters: rebuild<Packed<Tensor>>(parameters, changes.map(({ parameter }) => parameter)),
    slots: Object.fromEntries(rule.slots.map((name) => [name, rebuild<Packed<Tensor>>(parameters, changes.map(({ after }) => after[name]))])),
  }
}

/** One row per update; `step` counts updates, from 1. Reports of the kernels before come last. */
function trainingBatch({ values, first, batches, rows }: Fetched, rowsPerEpoch: number | undefined): RecordBatch {
  const { loss: _, gradient_norm: __, learning_rate: ___, ...reports } = values
  const numbers = Array.from({ length: batches }, (_, i) => first + i + 1)
  const column = (name: string) => float32Column((values[name] as HostArray).data.subarray(0, batches) as Float32Array)
  const epoch = rowsPerEpoch === undefined ? nullColumn(new Float32(), batches) : float32Column(Float32Array.from(numbers, (n) => (n * rows) / rowsPerEpoch))
  const names = Object.keys(reports)
  const schema = names.length === 0 ? TRAINING : new Schema([...TRAINING.fields, ...names.map((name) => new Field(name, new Float32(), false))])
  return recordBatch(schema, batches, [
    uint64Column(BigUint64Array.from(numbers, BigInt)), epoch, ...['loss', 'gradient_norm', 'learning_rate', ...names].map(column),
  ])
}

const TRAINING = new Schema([
  new Field('step', new Uint64(), false),
  new Field('epoch', new Float32(), true),
  new Field('loss', new Float32(), false),
  new Field('gradient_norm', new Float32(), false),
  new Field('learning_rate', new Float32(), false),
])
