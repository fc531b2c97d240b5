/**
 * A trained classifier as a safetensors file, and ready to answer.
 *
 * Arrays have the names of the net (`convolutions.0.w`); the metadata's entry `heatbath.classifier` is
 * JSON: on what it was trained, how, and how often it is right on the test images.
 */
import { readFile } from 'node:fs/promises'
import { compile, float32, leaves, paths, rebuild, Spec, type Executor, type HostArray } from '../../src/engine/index.ts'
import { tf, type Tensor2D } from '../../src/engine/tf.ts'
import { decodeSafetensors, encodeSafetensors } from '../../src/streams/models/safetensors.ts'
import type { Points } from '../../src/models/diagnostics/contract.ts'
import { pointsIn } from '../../src/models/diagnostics/points.ts'
import { CLASSES, classify, FEATURES, initClassifier, PIXELS, type Classifier } from './classifier.ts'

/** What is known of a classifier. */
export interface Origin {
  readonly data: string
  readonly seed: number
  readonly epochs: number
  /** Share of the test images that it names rightly. */
  readonly test_accuracy: number
}

export interface Answers {
  readonly rows: number
  /** [rows, 64] */
  readonly features: Points
  /** [rows, 10] */
  readonly probabilities: Float32Array
}

export interface LoadedClassifier {
  readonly origin: Origin
  /** Answers for images [rows, 784] with grey values from 0 to 1. */
  answer(images: Points): Promise<Answers>
}

const ENTRY = 'heatbath.classifier'
/** Rows of a call: images of all layers at once take some 25 kB a row. */
const BLOCK = 1000

export function writeClassifier(parameters: unknown, origin: Origin): Buffer {
  const arrays = leaves<HostArray>(parameters)
  return Buffer.concat(encodeSafetensors({
    metadata: { [ENTRY]: JSON.stringify(origin) },
    arrays: new Map(paths(parameters).map((path, i) => [path, arrays[i] as HostArray])),
  }))
}

/** Throws model_file_invalid, or an Error that names what the file lacks. */
export async function openClassifier(file: string, executor: Executor): Promise<LoadedClassifier> {
  const { metadata, arrays } = decodeSafetensors(await readFile(file))
  const text = metadata[ENTRY]
  if (text === undefined) throw new Error(`${file} is no classifier: its metadata have no entry ${ENTRY}`)
  return { origin: JSON.parse(text) as Origin, answer: await answerer(parametersOf(arrays, file), executor) }
}

/** A function that answers for any number of images, in blocks. */
export async function answerer(parameters: unknown, executor: Executor): Promise<LoadedClassifier['answer']> {
  const program = await compile('classifier', { parameters, images: new Spec('float32', [BLOCK, PIXELS]) }, (inputs: { parameters: Classifier; images: Tensor2D }) => {
    const { features, logits } = classify(inputs.parameters, inputs.images)
    return { features, probabilities: tf.softmax(logits) }
  }, { executor })
  return async ({ values, dim }) => {
    if (dim !== PIXELS) throw new RangeError(`images of ${dim} pixels, not ${PIXELS}`)
    const rows = values.length / PIXELS
    const features = new Float32Array(rows * FEATURES)
    const probabilities = new Float32Array(rows * CLASSES)
    for (let row = 0; row < rows; row += BLOCK) {
      const block = new Float32Array(BLOCK * PIXELS)
      block.set(values.subarray(row * PIXELS, (row + BLOCK) * PIXELS))
      const [answer] = await program.run<Record<'features' | 'probabilities', HostArray>>([{ parameters, images: float32([BLOCK, PIXELS], block) }])
      const count = Math.min(BLOCK, rows - row)
      features.set((answer?.features.data as Float32Array).subarray(0, count * FEATURES), row * FEATURES)
      probabilities.set((answer?.probabilities.data as Float32Array).subarray(0, count * CLASSES), row * CLASSES)
    }
    return { rows, features: pointsIn(features, FEATURES), probabilities }
  }
}

function parametersOf(arrays: ReadonlyMap<string, HostArray>, file: string): unknown {
  const spec = (shape: readonly number[]): Spec => new Spec('float32', shape)
  const like = initClassifier({ normal: spec, fill: spec } as never)
  return rebuild(like, paths(like).map((path, i) => {
    const array = arrays.get(path)
    const { shape } = leaves<Spec>(like)[i] as Spec
    if (array === undefined || array.shape.join() !== shape.join()) throw new Error(`${file}: array ${path} of shape [${shape.join(', ')}] is missing`)
    return array
  }))
}
