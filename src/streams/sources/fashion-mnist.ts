/**
 * Pictures of clothes: 60 000 to train on, 10 000 to test, of ten kinds.
 *
 * Labels: 0 T-shirt, 1 trousers, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag,
 * 9 ankle boot. Columns: x FixedSizeList<uint8>[784], label uint8 (idx.ts). Files are looked for in
 * `path`, or else where Debian's package dataset-fashion-mnist has them.
 * Errors: source_missing, source_corrupt.
 */
import path from 'node:path'
import { z } from 'zod'
import { defineSource } from './contract.ts'
import { IDX, imagesInIdx } from './idx.ts'

const DEBIAN = '/usr/share/datasets/fashion-mnist'

const Config = z.strictObject({
  split: IDX.split,
  path: z.string().default(DEBIAN).meta({ description: 'Folder of the IDX files, plain or .gz.' }),
  batch_rows: IDX.batch_rows,
})

const REMEDY = 'Install Debian\'s package (apt-get install dataset-fashion-mnist), or fetch the four files from https://github.com/zalandoresearch/fashion-mnist and name their folder: { fashion_mnist: { path: ... } }.'

export const fashionMnist = defineSource({
  name: 'fashion_mnist',
  summary: 'Images of clothes with their labels.',
  config: Config,
  example: 'source: { fashion_mnist: { path: fashion-mnist } }',
  reference: 'Xiao, Rasul & Vollgraf 2017, https://arxiv.org/abs/1708.07747',
  open: ({ path: given, ...files }, context) => imagesInIdx({ ...files, remedy: REMEDY, folder: () => path.resolve(context.folder, given) }, context),
})
