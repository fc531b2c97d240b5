/**
 * Judges generated images and prints one JSON line.
 *
 *   npm run judge -- runs/mnist/ID                     of a run, its output that holds images
 *   npm run judge -- samples.parquet                   or an Arrow file, or a folder of Parquet files
 *   npm run judge -- fashion.parquet --name fashion-mnist --data DIR
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { inlineExecutor } from '../../src/engine/index.ts'
import { PIXELS } from './classifier.ts'
import { openClassifier } from './classifier-file.ts'
import { readDigits } from './digits.ts'
import { judge } from './judgement.ts'
import { rounded } from './rounded.ts'
import { readSamples } from './samples.ts'

const { values: { column, data, name }, positionals: [place] } = parseArgs({
  allowPositionals: true,
  options: { column: { type: 'string', default: 'x' }, data: { type: 'string' }, name: { type: 'string', default: 'mnist' } },
})
if (place === undefined) throw new Error('which samples? npm run judge -- FILE or RUN FOLDER')
const executor = inlineExecutor()
const samples = await readSamples(place, column, PIXELS)
const classifier = await openClassifier(fileURLToPath(new URL(`../../fixtures/${name}-classifier.safetensors`, import.meta.url)), executor)
const real = { train: await readDigits('train', data), test: await readDigits('test', data) }
console.log(JSON.stringify({ file: samples.file, classifier: classifier.origin, ...await judge(samples, real, classifier, executor) }, rounded))
await executor.close()
