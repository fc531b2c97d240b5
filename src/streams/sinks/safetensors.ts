/**
 * A model as a safetensors file.
 *
 * Errors: sink_exists, sink_path, sink_disk_full, sink_unwritable.
 */
import { z } from 'zod'
import { writeModel } from '../models/model-file.ts'
import { defineModelSink } from './contract.ts'
import { PartFile, prepareFile } from './disk.ts'
import { targetOf } from './paths.ts'

const Config = z.strictObject({
  path: z.string().min(1).meta({ description: 'File to write, relative to the run folder.' }),
  overwrite: z.boolean().default(false).meta({ description: 'Replace an existing file.' }),
})

export const safetensors = defineModelSink({
  name: 'safetensors',
  summary: 'Writes a trained model to a file that says all that is needed to use it.',
  config: Config,
  example: 'outputs: [{ model: digits, safetensors: { path: digits.safetensors } }]',
  reference: 'https://huggingface.co/docs/safetensors',
  places: ({ path, overwrite }) => ({ paths: [path], overwrite }),
  async save({ path, overwrite }, model, context) {
    const target = targetOf(path, context)
    await prepareFile(target, overwrite)
    const chunks = await writeModel(model, context.origin)
    const file = await PartFile.create(target)
    try {
      await file.write(chunks)
      await file.commit()
    } catch (error) {
      await file.abort()
      throw error
    }
    return { path: target.relative, bytes: file.bytes, sha256: file.sha256 }
  },
})
