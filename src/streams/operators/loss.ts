/**
 * The loss of a model on a batch, and its gradient.
 *
 * Reads what the loss reads: x; of noised rows noise and sigma, of contrasted ones negatives; the class for a model that tells
 * some apart, withheld from some rows. Gives loss, gradient, version and the loss's own info. On its own it
 * emits one row per batch, the gradient as one list over all parameters, made with the model of
 * that version: it waits until the model has taken the gradient before (if somebody trains it).
 * Errors: gradient_lost when that gradient does not come to the trainer.
 */
import { Field, Float32, Schema, Uint64, type RecordBatch } from 'apache-arrow'
import { filter, firstValueFrom, interval, map, merge, startWith, type OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { leaves, split, valueAndGrads, type HostArray, type Key } from '../../engine/index.ts'
import type { Tensor, Tensor1D } from '../../engine/tf.ts'
import { withheld } from '../../models/classes.ts'
import type { Batch, Loss } from '../../models/losses/contract.ts'
import { lossOfHalves, paysInHalves, type Lost, type Rows } from '../../models/losses/row-halves.ts'
import { packTensors, unpackTensors, type Packed } from '../../models/packing.ts'
import { modelFunctions } from '../../models/model.ts'
import { identityText, nameOf, type Declared } from '../../unit.ts'
import { float32Column, listColumn, listType, recordBatch, uint64Column } from '../arrow/columns.ts'
import { CLASS } from '../classes.ts'
import type { Model } from '../model.ts'
import { defineOperator, partOf } from './contract.ts'
import { numeric } from './numeric/flow.ts'
import { reportField, type Fetched, type Kernel, type Values } from './numeric/kernel.ts'
import type { FlowOptions } from './numeric/options.ts'
import { drawing, flowing, optionsOf } from './options.ts'

/** How long a gradient may be on its way to the trainer, in ms. */
const LOST_MS = 60_000

const Config = z.strictObject({
  model: nameOf('model', 'The model whose loss it is.'),
})

const Options = z.strictObject({ ...drawing('training'), ...flowing })

export interface LossOptions extends FlowOptions {
  readonly seed?: number
  /** Name of the stream: streams of different names draw independent numbers. */
  readonly stream?: string
}

export function loss(model: Model, rule: Declared<Loss>, options: LossOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const { seed, stream, ...flow } = optionsOf('loss', Options, options)
  return numeric(lossKernel(model, rule, seed, `${stream}/loss`), model, flow)
}

export const lossOperator = defineOperator({
  name: 'loss',
  summary: 'The loss of a model on a batch, and its gradient.',
  config: Config,
  parts: [{ kind: 'loss', description: 'The loss.' }],
  example: 'through: [{ loss: { model: digits, denoising_score_matching: { weight: sigma_squared } } }]',
  reference: 'Hyvarinen 2005, https://jmlr.org/papers/v6/hyvarinen05a.html',
  build: ({ model: name }, { model, executor, stop, seed, site: stream }, parts) => {
    const trained = model(name)
    const rule = partOf<Loss>(parts, 'loss')
    return loss(trained, trained.data === undefined ? rule : rule.resolve(trained.data), { executor, stop, seed, stream })
  },
})

function lossKernel(model: Model, rule: Declared<Loss>, seed: number, site: string): Kernel {
  return {
    name: rule.is.name,
    text: identityText(['loss', rule.is]),
    reads: columnsOf(model, rule),
    gives: ['loss', 'gradient', ...rule.info],
    reports: rule.info,
    passes_reports: true,
    seed,
    site,
    updates: false,
    step({ key }, state, values) {
      const parameters = unpackTensors(model.shapes, state.parameters as Packed<Tensor>)
      const { value, grads, aux: info } = valueAndGrads((p) => {
        const { value: lost, info: seen } = lossOf(model, rule, p, values, key)
        return [lost, seen] as const
      }, parameters)
      return { state, values: { ...info, loss: value, gradient: packTensors(grads) } }
    },
    batches: (fetched) => [gradientBatch(fetched)],
    async turn(step, closed) {
      if (!model.is_trained || model.version >= step) return
      const taken = model.snapshots.pipe(startWith(null), filter(() => model.version >= step))
      const lost = interval(LOST_MS).pipe(filter(() => model.pending === 0), map(() => {
        throw fail('gradient_lost', { model: model.name, step, seconds: LOST_MS / 1000 })
      }))
      await firstValueFrom(merge(taken, lost, closed), { defaultValue: undefined })
    },
  }
}

/** What a loss reads of a batch, and what the model does. */
function columnsOf({ spec: { noise, classes } }: Model, { reads }: Loss): readonly string[] {
  const sigma = noise === undefined || reads.includes('sigma') ? [] : ['sigma']
  return [...reads, ...sigma, ...(classes === undefined ? [] : [CLASS])]
}

/** Of a model with classes those of some rows are withheld. */
function lossOf(model: Model, rule: Declared<Loss>, parameters: unknown, values: Values, key: Key): Lost {
  const { spec } = model
  const rows: Rows = Object.fromEntries(columnsOf(model, rule).map((name) => [name, values[name] as Tensor]))
  const size = rows.x?.shape[1] ?? 1
  if (rows.x !== undefined && size !== spec.dim) throw fail('data_column', { column: 'x', problem: `has ${size} numbers in a row, and the model ${model.name} is of ${spec.dim}` })
  const whole = (own: Rows, rowKey: Key): Lost => {
    const batch = own as unknown as Batch
    if (spec.classes === undefined) return rule.loss(modelFunctions(spec, parameters), batch, rowKey)
    const [lossKey, classKey] = split(rowKey, 2) as [Key, Key]
    return rule.loss(modelFunctions(spec, parameters, withheld(classKey, own[CLASS] as Tensor1D, spec.classes)), batch, lossKey)
  }
  const lost = paysInHalves(rows, parameters) ? lossOfHalves(rows, key, whole) : whole(rows, key)
  if (lost.value.size === 1) return lost
  throw fail('component_failed', { component: `loss ${rule.is.name}`, reason: `it gave [${lost.value.shape.join(', ')}], not one number: the mean over the rows` })
}

const LOSS = new Schema([new Field('loss', new Float32(), false)])

/** The loss alone, one row for each batch. */
export function lossValue(model: Model, rule: Declared<Loss>, { seed = 0, stream = 'validation', ...options }: LossOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const { turn: _, ...kernel } = lossKernel(model, rule, seed, `${stream}/loss`)
  return numeric({
    ...kernel,
    text: identityText(['loss value', rule.is]),
    gives: ['loss'],
    reports: [],
    step({ key }, state, values) {
      const parameters = unpackTensors(model.shapes, state.parameters as Packed<Tensor>)
      return { state, values: { loss: lossOf(model, rule, parameters, values, key).value } }
    },
    batches: ({ values: { loss: value }, batches }) => [recordBatch(LOSS, batches, [float32Column((value as HostArray).data.subarray(0, batches) as Float32Array)])],
  }, model, options)
}

/** Of the one batch that a loss at the end of a chain gets at a time. */
function gradientBatch({ values: { loss: value, gradient: tree, ...reports }, first }: Fetched): RecordBatch {
  const names = Object.keys(reports)
  const parts = leaves<HostArray>(tree)
  const gradient = new Float32Array(parts.reduce((sum, { data }) => sum + data.length, 0))
  let at = 0
  for (const { data } of parts) {
    gradient.set(data, at)
    at += data.length
  }
  const schema = new Schema([
    new Field('loss', new Float32(), false),
    new Field('gradient', listType(gradient.length), false),
    new Field('version', new Uint64(), false),
    ...names.map(reportField),
  ])
  const scalar = (array: HostArray | undefined) => float32Column((array as HostArray).data as Float32Array)
  return recordBatch(schema, 1, [
    scalar(value), listColumn(gradient, gradient.length), uint64Column(BigUint64Array.of(BigInt(first))), ...names.map((name) => scalar(reports[name])),
  ])
}
