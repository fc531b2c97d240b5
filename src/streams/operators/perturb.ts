/**
 * Perturbs rows with noise.
 *
 *   x̃ = x + σ ξ,   ξ ~ N(0, I),   σ drawn for each row
 *
 * Reads x; gives x (the perturbed one), noise ξ and sigma; a class is passed on. Number and order of rows are unchanged.
 */
import { Field, Float32, Schema, type RecordBatch } from 'apache-arrow'
import type { OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { normal, split, tf, type HostArray, type Key } from '../../engine/index.ts'
import type { Tensor2D } from '../../engine/tf.ts'
import type { Noise } from '../../models/noise/contract.ts'
import { identityText, nameOf, type Declared } from '../../unit.ts'
import { float32Column, listColumn, listType, recordBatch } from '../arrow/columns.ts'
import { CLASS } from '../classes.ts'
import { defineOperator } from './contract.ts'
import { encodedFor } from './encode.ts'
import { numeric } from './numeric/flow.ts'
import type { Kernel } from './numeric/kernel.ts'
import type { FlowOptions } from './numeric/options.ts'
import { drawing, flowing, optionsOf } from './options.ts'

const Config = z.strictObject({
  model: nameOf('model', 'The model whose noise it is.'),
  on_invalid: z.enum(['error', 'drop']).default('error').meta({ description: 'What becomes of rows with a null, NaN or infinity, or a category that the model does not know.' }),
})

const Options = z.strictObject({ ...drawing('training'), ...flowing, has_classes: z.boolean().default(false) })

export interface PerturbOptions extends FlowOptions {
  readonly seed?: number
  /** Name of the stream: streams of different names draw independent noise. */
  readonly stream?: string
  /** Whether rows have a class, for a model that tells some apart. */
  readonly has_classes?: boolean
}

export function perturb(noise: Declared<Noise>, options: PerturbOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  const { seed, stream, has_classes, ...flow } = optionsOf('perturb', Options, options)
  return numeric(perturbKernel(noise, has_classes, seed, `${stream}/perturb`), undefined, flow)
}

export const perturbOperator = defineOperator({
  name: 'perturb',
  summary: 'Adds noise of a random level to each row.',
  config: Config,
  example: 'through: [{ perturb: { model: digits } }]',
  reference: 'Song & Ermon 2019, https://arxiv.org/abs/1907.05600',
  build: ({ model: name, on_invalid }, context) => {
    const { seed, site: stream, executor, stop } = context
    const model = context.model(name)
    if (model.spec.noise === undefined) throw fail('model_noise', { model: name })
    return encodedFor(model, context, on_invalid, perturb(model.spec.noise, { seed, stream, executor, stop, has_classes: model.spec.classes !== undefined }))
  },
})

function perturbKernel(noise: Declared<Noise>, hasClasses: boolean, seed: number, site: string): Kernel {
  const passed = hasClasses ? [CLASS] : []
  return {
    name: 'perturb',
    text: identityText(['perturb', noise.is]),
    reads: ['x', ...passed],
    gives: ['x', 'noise', 'sigma', ...passed],
    seed,
    site,
    updates: false,
    step({ key, rows }, state, values) {
      const x = values.x as Tensor2D
      const [sigmaKey, noiseKey] = split(key, 2) as [Key, Key]
      const sigma = noise.draw(sigmaKey, rows)
      const xi = normal(noiseKey, x.shape, 0)
      return { state, values: { ...values, x: tf.add(x, tf.mul(tf.expandDims(sigma, 1), xi)), noise: xi, sigma } }
    },
    batches: ({ values, batches }) => Array.from({ length: batches }, (_, i) => perturbedBatch(values, i)),
  }
}

function perturbedBatch({ x, noise, sigma, [CLASS]: classes }: Readonly<Record<string, HostArray>>, index: number): RecordBatch {
  const [, rows = 0, size = 0] = (x as HostArray).shape
  const list = (array: HostArray | undefined) => listColumn(array?.data.subarray(index * rows * size, (index + 1) * rows * size) as Float32Array, size)
  const schema = new Schema([
    new Field('x', listType(size), false),
    new Field('noise', listType(size), false),
    new Field('sigma', new Float32(), false),
    ...(classes === undefined ? [] : [new Field(CLASS, new Float32(), false)]),
  ])
  const scalars = (array: HostArray | undefined) => float32Column(array?.data.subarray(index * rows, (index + 1) * rows) as Float32Array)
  return recordBatch(schema, rows, [list(x), list(noise), scalars(sigma), ...(classes === undefined ? [] : [scalars(classes)])])
}
