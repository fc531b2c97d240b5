/**
 * A LayersModel's file: model.json, and the shards of its weights beside it.
 *
 *   { format: 'layers-model', modelTopology, weightsManifest: [{ paths, weights: [{ name, shape, dtype }] }] }
 *
 * The shards of a group, one after the other, hold its weights. Errors: model_file_invalid, naming the
 * file and the place; what the reader of files throws.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { tf, type LayersModel } from '../../engine/tf.ts'
import type { ReadFile } from './contract.ts'

const File = z.object({
  format: z.string().optional(),
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(z.object({
    paths: z.array(z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))/, 'a shard lies beside model.json, or below it')),
    weights: z.array(z.looseObject({ name: z.string(), shape: z.array(z.int().nonnegative()), dtype: z.string() })),
  })).default([]),
})

export async function readLayers(path: string, read: ReadFile): Promise<{ readonly model: LayersModel; readonly has_weights: boolean }> {
  const { format, modelTopology, weightsManifest } = described(await read(path), path)
  if (format !== undefined && format !== 'layers-model') throw invalid(path, 'format', `it is ${format}, whose weights are constants; convert the Keras model with --output_format tfjs_layers_model`)
  const shards = weightsManifest.flatMap(({ paths }) => paths)
  const folder = path.replace(/[^/]*$/, '')
  const weightData = joined(await Promise.all(shards.map((shard) => read(`${folder}${shard}`))))
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights) as never
  const has_weights = shards.length > 0
  try {
    const model = await tf.loadLayersModel({ load: () => Promise.resolve({ modelTopology, ...(has_weights ? { weightSpecs, weightData } : {}) }) })
    return { model, has_weights }
  } catch (error) {
    throw invalid(path, has_weights ? 'its topology, or its weights' : 'its topology', (error as Error).message, error)
  }
}

function described(bytes: Uint8Array, path: string): z.output<typeof File> {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw invalid(path, 'its text', 'it is not JSON, as the model.json of a LayersModel is', error)
  }
  const parsed = File.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalid(path, issue?.path.join('.') ?? 'its text', issue?.message ?? '')
}

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole.buffer
}

const invalid = (path: string, place: string, problem: string, cause?: unknown) => fail('model_file_invalid', { place: `${place} of ${path}`, problem }, cause)
