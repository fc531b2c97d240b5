/** Microcanonical steps: of unit speed, energy kept to the third order. */
import { expect, test } from 'vitest'
import { keyAt, streamKey, type Key } from '../../../src/engine/index.ts'
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../../../src/engine/tf.ts'
import { gaussian } from '../../../src/models/energies/gaussian.ts'
import { microcanonical } from '../../../src/models/samplers/microcanonical.ts'
import type { Sampler, Tuning } from '../../../src/models/samplers/contract.ts'
import { energyTarget } from '../../../src/models/target.ts'

const CHAINS = 64
const target = energyTarget(gaussian({ dim: 3, scale: [0.7, 1, 2] }), 1.5)

const words = streamKey(1, 'microcanonical').map((word) => tf.scalar(word, 'int32')) as unknown as [Scalar, Scalar]
const keyOf = (step: number): Key => keyAt(words, tf.range(0, CHAINS, 1, 'int32') as Tensor1D, tf.scalar(step, 'int32') as Scalar)
const tuningOf = (sampler: Sampler) => sampler.tuning?.(target) as Tuning

/** After one step from fixed positions, in fixed directions. */
function stepped(step_size: number, length?: number): { readonly before: Tensor2D; readonly moved: Tensor2D; readonly direction: Tensor2D; readonly error: Float32Array } {
  const sampler = microcanonical({ step_size, ...(length === undefined ? {} : { length }) })
  const spread = (phase: number): Tensor2D => tf.tensor2d(Array.from({ length: 3 * CHAINS }, (_, i) => 2 * Math.sin(7.3 * i + phase)), [3, CHAINS])
  const before = tf.div<Tensor2D>(spread(2), tf.norm(spread(2), 'euclidean', 0, true))
  const [{ x, direction }, { energy_error }] = sampler.step(keyOf(0), { ...sampler.init(spread(1), target), direction: before }, target, tuningOf(sampler))
  return { before, moved: tf.sub(x, spread(1)), direction: direction as Tensor2D, error: (energy_error as Tensor1D).dataSync() as Float32Array }
}

const sizes = (v: Tensor2D): number[] => Array.from(tf.norm(v, 'euclidean', 0).dataSync())

test('a step is as long as it says, and directions are of unit length', () => {
  const { moved, direction } = stepped(0.4)
  for (const size of sizes(moved)) expect(size).toBeCloseTo(0.4, 5)
  for (const size of sizes(direction)) expect(size).toBeCloseTo(1, 5)
})

test('energy that a step does not keep is of the third order in its size', () => {
  const size = (step: number): number => Math.sqrt(stepped(step, 1e6).error.reduce((sum, error) => sum + error * error, 0) / CHAINS)
  expect(size(0.4) / size(0.2)).toBeGreaterThan(7)
  expect(size(0.4) / size(0.2)).toBeLessThan(9)
  expect(size(0.2)).toBeGreaterThan(1e-5) // far above rounding
})

test('a direction is forgotten over the length', () => {
  const kept = (length: number): number => {
    const { before, direction } = stepped(0.01, length)
    return tf.mean(tf.sum(tf.mul(direction, before), 0)).dataSync()[0] as number
  }
  expect(kept(1e4)).toBeGreaterThan(0.999)
  expect(kept(0.01)).toBeLessThan(0.6)
})

test('chains that begin where the score is zero find a direction in the noise', () => {
  const sampler = microcanonical({ step_size: 0.4 })
  const first = sampler.step(keyOf(0), sampler.init(tf.zeros([3, CHAINS]), target), target, tuningOf(sampler))[0]
  const [{ x }, { energy_error }] = sampler.step(keyOf(1), first, target, tuningOf(sampler))
  for (const size of sizes(tf.sub(x, first.x))) expect(size).toBeCloseTo(0.4, 5)
  expect((energy_error as Tensor1D).dataSync().every(Number.isFinite)).toBe(true)
})
