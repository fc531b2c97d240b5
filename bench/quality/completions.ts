/**
 * How many completed digits are what they were: their class by the classifier, against the column `label`.
 *
 *   npm run judge-completions -- runs/inpainting/ID      of a run, its output with the columns x and label; or a Parquet file
 *
 * Prints one JSON line. Digits whose given part may belong to several classes cannot all be right.
 */
import { fileURLToPath } from 'node:url'
import { inlineExecutor } from '../../src/engine/index.ts'
import { CLASSES, PIXELS } from './classifier.ts'
import { openClassifier } from './classifier-file.ts'
import { accuracyOf, confidenceOf, labelsOf } from './labels.ts'
import { rounded } from './rounded.ts'
import { readLabels, readSamples } from './samples.ts'

const [place] = process.argv.slice(2)
if (place === undefined) throw new Error('which completions? npm run judge-completions -- FILE or RUN FOLDER')
const executor = inlineExecutor()
const classifier = await openClassifier(fileURLToPath(new URL('../../fixtures/mnist-classifier.safetensors', import.meta.url)), executor)
const images = await readSamples(place, 'x', PIXELS)
const truth = await readLabels(place)
const { probabilities } = await classifier.answer(images)
console.log(JSON.stringify({ file: images.file, num_images: images.count, right_class_rate: accuracyOf(labelsOf(probabilities, CLASSES), truth), confidence: confidenceOf(probabilities, CLASSES) }, rounded))
await executor.close()
