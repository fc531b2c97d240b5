/**
 * The classifier's training: Adam, a cosine from 2e-3 to 0, images shifted at random by up to two pixels each way.
 *
 * Gives the running average of the parameters. Every draw follows from the seed; sums may differ in
 * their last bits from one kind of machine to another, and then the weights do.
 */
import { compile, float32, int32, leaves, rebuild, scalarFloat, valueAndGrads, type DeviceArray, type Executor, type HostArray } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import { hostDraws } from '../../src/models/nets/host-draws.ts'
import { adam } from '../../src/models/optimizers/adam.ts'
import { cosine } from '../../src/models/schedules/cosine.ts'
import { keyedDraws, type Draws } from '../../src/streams/draws.ts'
import { classify, crossEntropy, initClassifier, PIXELS, SIDE, type Classifier } from './classifier.ts'
import type { Digits } from './digits.ts'

export interface TrainingOptions {
  readonly executor: Executor
  readonly epochs: number
  readonly seed: number
  /** Told after each epoch, counted from 1, the mean loss of its batches. */
  readonly report: (epoch: number, loss: number) => void
}

const BATCH = 128
const SHIFT = 2
const AVERAGE_DECAY = 0.998
const rule = adam({ learning_rate: 0.002 })

/** Arrays in the order of the parameters' leaves. */
interface State<A> {
  readonly parameters: readonly A[]
  readonly mean: readonly A[]
  readonly square: readonly A[]
  readonly average: readonly A[]
}

interface Inputs {
  readonly state: State<Tensor>
  readonly images: Tensor2D
  readonly labels: Tensor1D
  /** Number of the update, from 1. */
  readonly step: Scalar
}

export async function trainClassifier(digits: Digits, { executor, epochs, seed, report }: TrainingOptions): Promise<unknown> {
  const rows = digits.labels.length
  const batches = Math.floor(rows / BATCH)
  const draws = keyedDraws(seed, 'classifier')
  const like = initClassifier(hostDraws(seed, 'classifier/parameters'))
  const parameters = leaves<HostArray>(like)
  const zeros = parameters.map(({ shape, data }) => float32(shape, new Float32Array(data.length)))
  const first: State<HostArray> = { parameters, mean: zeros, square: zeros, average: parameters }
  const example = { state: first, ...minibatch(digits, draws, new Uint32Array(BATCH), 0), step: scalarFloat(1) }
  const program = await compile('classifier training', example, update(like, batches * epochs), { executor })
  let state: State<HostArray | DeviceArray> = first
  let step = 0
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = permutation(rows, draws, epoch)
    let sum = 0
    for (let i = 0; i < batches; i++) {
      const batch = minibatch(digits, draws, order.subarray(i * BATCH, (i + 1) * BATCH), step++)
      const lane = { state, ...batch, step: scalarFloat(step) }
      const [next] = await program.run<{ state: State<DeviceArray>; loss: HostArray }>([lane], { state: 'keep', loss: 'fetch' })
      if (step > 1) executor.release(leaves(state))
      state = (next as { state: State<DeviceArray> }).state
      sum += next?.loss.data[0] as number
    }
    report(epoch, sum / batches)
  }
  const average = await executor.read(state.average as DeviceArray[])
  executor.release(leaves(state))
  program.dispose()
  return rebuild(like, average)
}

/** One update; `steps` is how many there will be. */
const update = (like: unknown, steps: number) => ({ state, images, labels, step }: Inputs) => {
  const { value, grads } = valueAndGrads(
    (parameters: readonly Tensor[]) => crossEntropy(classify(rebuild<Classifier>(like, parameters), images).logits, labels), state.parameters,
  )
  const rate = tf.mul<Scalar>(rule.learning_rate, cosine({ steps, warm_up_steps: Math.min(100, Math.ceil(steps / 20)) }).factor(step))
  const updates = grads.map((gradient, i) => {
    const [parameter, mean, square, average] = [state.parameters[i], state.mean[i], state.square[i], state.average[i]] as [Tensor, Tensor, Tensor, Tensor]
    const [change, slots] = rule.update(gradient, { mean, square }, parameter, rate, step)
    const after = tf.add(parameter, change)
    return { parameter: after, mean: slots.mean, square: slots.square, average: tf.add(tf.mul(average, AVERAGE_DECAY), tf.mul(after, 1 - AVERAGE_DECAY)) }
  })
  const next = {
    parameters: updates.map((u) => u.parameter), mean: updates.map((u) => u.mean), square: updates.map((u) => u.square), average: updates.map((u) => u.average),
  }
  return { state: next, loss: value }
}

/** The rows of one update, each shifted; what is shifted in is 0. */
function minibatch({ values, labels }: Digits, draws: Draws, rows: Uint32Array, step: number): { images: HostArray; labels: HostArray } {
  const images = new Float32Array(rows.length * PIXELS)
  rows.forEach((row, i) => {
    const [down, right] = [1, 2].map((slot) => draws.below(2 * SHIFT + 1, step * BATCH + i, slot) - SHIFT) as [number, number]
    for (let y = Math.max(0, down); y < Math.min(SIDE, SIDE + down); y++) {
      for (let x = Math.max(0, right); x < Math.min(SIDE, SIDE + right); x++) {
        images[i * PIXELS + y * SIDE + x] = values[row * PIXELS + (y - down) * SIDE + x - right] as number
      }
    }
  })
  return { images: float32([rows.length, PIXELS], images), labels: int32([rows.length], Int32Array.from(rows, (row) => labels[row] as number)) }
}

/** All rows in an order of the epoch's own (Fisher and Yates). */
function permutation(rows: number, draws: Draws, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: rows }, (_, i) => i)
  for (let left = rows; left > 1; left--) {
    const at = draws.below(left, epoch * rows + left)
    const last = order[left - 1] as number
    order[left - 1] = order[at] as number
    order[at] = last
  }
  return order
}
