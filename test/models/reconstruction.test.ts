/** The score given known coordinates: of independent Gaussian data it is (v − x)/σ² there, and as it was elsewhere. */
import { expect, test } from 'vitest'
import { reconstructing } from '../../src/models/reconstruction.ts'
import { tf, type Scalar, type Tensor2D } from '../../src/engine/tf.ts'
import type { Target } from '../../src/models/target.ts'
import { defaultVariables } from '../../src/models/variables.ts'

const [sd, smallest] = [0.7, 0.1]
const gaussian: Target = {
  dim: 2, variables: defaultVariables(2), temperature: 1, levels: [3, smallest],
  score: (x, sigma = tf.scalar(smallest)) => tf.div(tf.neg(x), tf.add(sd ** 2, tf.square(sigma))),
}
const x = tf.tensor2d([[0.4, -1, 2], [0.3, 0.2, -0.5]])
const known = tf.tensor2d([[1.5, 0, -0.2], [0, 0.9, 0]])
const isMissing = tf.tensor2d([[0, 1, 0], [1, 0, 1]], [2, 3], 'bool')

test.each([3, 0.5, undefined])('at noise level %s', (level) => {
  const score = (target: Target): Float32Array => target.score(x, level === undefined ? undefined : tf.scalar(level) as Scalar).dataSync() as Float32Array
  const given = score(reconstructing(gaussian, known, isMissing as Tensor2D, { sd }))
  const [alone, at] = [score(gaussian), (level ?? smallest) ** 2]
  const [missing, v, position] = [isMissing, known, x].map((t) => t.dataSync()) as [Uint8Array, Float32Array, Float32Array]
  given.forEach((s, i) => {
    const truth = missing[i] === 1 ? alone[i] as number : ((v[i] as number) - (position[i] as number)) / at
    expect(Math.abs(s - truth)).toBeLessThan(1e-4 * (1 + Math.abs(truth)))
  })
})
