/**
 * Contrasts rows with samples of the model as it is: the negative phase of maximum likelihood.
 *
 * Each batch is joined by as many negatives, made by `steps` transitions of a sampler. Chains begin
 * at the rows themselves (contrastive divergence); at the start, where one is given, anew for each
 * batch (short-run: what is learned is where so many steps lead from there, not the density); or,
 * with a buffer, where chains of earlier batches ended (persistent contrastive divergence): at rows
 * of the buffer that lie together at a random place, each begun anew at the start with the restart
 * rate, as are those that diverged.
 * The buffer belongs to the model's state: checkpoints hold it.
 * Reads x; gives x and negatives [rows, dim]; within a loop it reports the mean acceptance rate if there is one.
 */
import { Field, Schema, type RecordBatch } from 'apache-arrow'
import type { OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { fold, float32, integers, keyAt, loop, normal, readRows, split, tf, uniform, writeRows, type HostArray, type Key } from '../../engine/index.ts'
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '../../engine/tf.ts'
import { modelTarget } from '../../models/model.ts'
import { unpackTensors, type Packed } from '../../models/packing.ts'
import type { Sampler } from '../../models/samplers/contract.ts'
import { startParticles, stepOnce, type Motion } from '../../models/samplers/trajectory.ts'
import type { DrawnStart } from '../../models/starts/contract.ts'
import { gaussianStart } from '../../models/starts/gaussian.ts'
import { identityText, nameOf, type Declared } from '../../unit.ts'
import { listColumn, listType, recordBatch } from '../arrow/columns.ts'
import type { Model } from '../model.ts'
import { defineOperator, partOf } from './contract.ts'
import { encodedFor } from './encode.ts'
import { numeric } from './numeric/flow.ts'
import type { Context, Kernel, Values } from './numeric/kernel.ts'
import type { FlowOptions } from './numeric/options.ts'
import { drawing, flowing, optionsOf } from './options.ts'

const Config = z.strictObject({
  model: nameOf('model', 'The model whose samples they are: an energy.'),
  steps: z.int().positive().default(20).meta({ description: 'Transitions between the start of a chain and the negative that it gives.' }),
  buffer: z.strictObject({
    rows: z.int().positive().default(10_000).meta({ description: 'Negatives that are kept.' }),
    restart_rate: z.number().min(0).max(1).default(0.05).meta({ description: 'Share of chains that begin anew at the start.' }),
  }).optional().meta({ description: 'Keeps negatives for later chains to begin at; without it chains begin at the start, or at the rows where none is given.' }),
  temperature: z.number().positive().default(1).meta({ description: 'τ of the energy.' }),
  data_noise: z.number().nonnegative().default(0).meta({ description: 'Standard deviation of Gaussian noise that is added to the rows: it smooths data that lie on a grid or a surface.' }),
  on_invalid: z.enum(['error', 'drop']).default('error').meta({ description: 'What becomes of rows with a null, NaN or infinity, or a category that the model does not know.' }),
})

const Options = Config.omit({ model: true, on_invalid: true }).extend({ ...drawing('training'), ...flowing, start: z.custom<Declared<DrawnStart>>().optional() })

type Contrast = Omit<z.output<typeof Config>, 'model' | 'on_invalid'>

export interface ContrastOptions extends FlowOptions, Omit<z.input<typeof Config>, 'model' | 'on_invalid'> {
  /** Where chains begin; unless given at the rows, and those of a buffer at a Gaussian of the data's own scale. */
  readonly start?: Declared<DrawnStart>
  readonly seed?: number
  /** Name of the stream: streams of different names draw independent numbers. */
  readonly stream?: string
}

export function contrast(model: Model, sampler: Declared<Sampler>, options: ContrastOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const { seed, stream, steps, temperature, data_noise, buffer, start: given, ...flow } = optionsOf('contrast', Options, options)
  if (model.spec.classes !== undefined) throw fail('model_classes', { component: 'contrast' })
  const start = given ?? (buffer === undefined ? undefined : startFor(model))
  const rule = { steps, temperature, data_noise, ...(buffer === undefined ? {} : { buffer }) }
  const kernel = contrastKernel(model, sampler, start, rule, seed, `${stream}/contrast`)
  return numeric(kernel, model, flow)
}

export const contrastOperator = defineOperator({
  name: 'contrast',
  summary: 'Joins each batch with samples of the model: the negative phase of maximum likelihood.',
  config: Config,
  parts: [
    { kind: 'sampler', field: 'sampler', description: 'What makes the negatives.' },
    { kind: 'start', field: 'start', is_optional: true, description: 'Where chains begin; unless given at the rows, and those of a buffer at a Gaussian of the data\'s own scale.' },
  ],
  example: 'through: [{ contrast: { model: moons, sampler: { langevin: { step_size: 0.01 } }, steps: 20, buffer: { rows: 10000, restart_rate: 0.05 } } }]',
  reference: 'Tieleman 2008, https://doi.org/10.1145/1390156.1390290; Nijkamp et al. 2019 (short-run), https://arxiv.org/abs/1904.09770; Du & Mordatch 2019, https://arxiv.org/abs/1903.08689',
  build: ({ model: name, on_invalid, ...rule }, context, parts) => {
    const { seed, site: stream, executor, stop } = context
    const model = context.model(name)
    const contrasted = contrast(model, partOf<Sampler>(parts, 'sampler'), {
      ...(rule as Contrast), ...(parts.start === undefined ? {} : { start: partOf<DrawnStart>(parts, 'start') }), seed, stream, executor, stop,
    })
    return encodedFor(model, context, on_invalid, contrasted)
  },
})

const startFor = ({ data }: Model): Declared<DrawnStart> => gaussianStart({ mean: data?.mean ?? 0, scale: data?.sd ?? 1 })

function contrastKernel(model: Model, sampler: Declared<Sampler>, start: Declared<DrawnStart> | undefined, rule: Contrast, seed: number, site: string): Kernel {
  const { dim } = model.spec
  const { steps, buffer, temperature, data_noise } = rule
  const reports = 'acceptance_rate' in sampler.info ? ['acceptance_rate'] : []
  return {
    name: 'contrast',
    text: identityText(['contrast', sampler.is, start?.is, rule]),
    reads: ['x'],
    gives: ['x', 'negatives', ...reports],
    reports,
    seed,
    site,
    updates: buffer !== undefined,
    ...(buffer === undefined ? {} : { keeps: { buffer: { of: `${buffer.rows} rows`, make: () => float32([buffer.rows, dim], new Float32Array(buffer.rows * dim).fill(NaN)) } } }),
    step(context, state, values) {
      const [placeKey, restartKey, startKey, chainKey, noiseKey] = split(context.key, 5) as [Key, Key, Key, Key, Key]
      const data = values.x as Tensor2D
      const x = data_noise === 0 ? data : tf.add<Tensor2D>(data, tf.mul(data_noise, normal(noiseKey, data.shape, 0)))
      const target = modelTarget(model.spec, unpackTensors(model.shapes, state.parameters as Packed<Tensor>), temperature)
      const motion = { sampler, target, words: chainKey.words, lanes: chainKey.lanes, steps_per_body: 1 } satisfies Motion
      const anywhere = start?.draw(startKey, [dim, context.rows], target) ?? tf.transpose(x) as Tensor2D
      if (buffer === undefined) {
        const { negatives, report } = chainsFrom(motion, anywhere, steps, chainKey)
        return { state, values: { x, negatives, ...report } }
      }
      const at = placeIn(placeKey, buffer.rows, context)
      const kept = readRows(state.buffer as Tensor, at, context.rows) as Tensor2D
      const anew = tf.logicalOr(tf.any(tf.isNaN(kept), 1), tf.less(uniform(restartKey, [context.rows]), buffer.restart_rate))
      const begin = tf.where(anew, anywhere, tf.transpose(kept)) as Tensor2D
      const { negatives, report } = chainsFrom(motion, begin, steps, chainKey)
      return { state: { ...state, buffer: writeRows(state.buffer as Tensor, negatives, at) }, values: { x, negatives, ...report } }
    },
    batches: ({ values, batches }) => Array.from({ length: batches }, (_, i) => contrastedBatch(values, i)),
  }
}

/** Where in the buffer the chains of a batch lie, int32 []. */
function placeIn(key: Key, bufferRows: number, { rows }: Context): Scalar {
  if (bufferRows < rows) throw new RangeError(`a buffer of ${bufferRows} rows is smaller than a batch of ${rows}`)
  return tf.reshape(tf.slice(integers(key, [rows], bufferRows - rows + 1), 0, 1), [])
}

/** Where chains are after some steps, [rows, dim]; columnar before. */
function chainsFrom(motion: Motion, x: Tensor2D, steps: number, key: Key): { readonly negatives: Tensor2D; readonly report: Values } {
  const end = loop({ to: steps, state: startParticles(motion, x) }, (now, index) => {
    const { words, lanes } = fold(key, index)
    return stepOnce(motion, now, keyAt(words, lanes, key.step))
  })
  const { acceptance_rate } = end.info
  return { negatives: tf.transpose(end.state.x), report: acceptance_rate === undefined ? {} : { acceptance_rate: tf.mean<Scalar>(acceptance_rate as Tensor1D) } }
}

function contrastedBatch(values: Readonly<Record<string, HostArray>>, index: number): RecordBatch {
  const [, rows = 0, size = 0] = (values.x as HostArray).shape
  const list = (name: string) => listColumn(values[name]?.data.subarray(index * rows * size, (index + 1) * rows * size) as Float32Array, size)
  const schema = new Schema([new Field('x', listType(size), false), new Field('negatives', listType(size), false)])
  return recordBatch(schema, rows, [list('x'), list('negatives')])
}
