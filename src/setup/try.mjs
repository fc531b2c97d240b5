/**
 * Loads TensorFlow from the folder given and computes with it; the exit status says whether it
 * worked. Run by check.mjs as a process of its own, which a library that does not fit may crash.
 */
import { createRequire } from 'node:module'
import { load } from './load.mjs'

const tfjs = createRequire(import.meta.url)('@tensorflow/tfjs')
const tf = load(process.argv[2] ?? '', tfjs)
const [sum] = tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync()
if (tf.getBackend() !== 'tensorflow' || sum !== 2) {
  console.error(`backend ${tf.getBackend()} computed 1 + 1 = ${sum}`)
  process.exitCode = 1
}
