/**
 * Gibbs sampler: each coordinate drawn given all others.
 *
 *   x_i ~ p(x_i | x_others) ∝ exp(−U)
 *
 * A step is a sweep over all coordinates; those that do not act on each other, as an energy says by
 * classes, are drawn at once. An energy without conditionals is computed for each value of each coordinate.
 * Shapes: x [dim, chains]; conditionals [values, dim, chains].
 */
import { z } from 'zod'
import { loop } from '../../engine/index.ts'
import { uniform } from '../../engine/rng/index.ts'
import { tf, type Tensor, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import { defineSampler, densityOf, discreteOf, observePotential } from './contract.ts'

export const gibbs = defineSampler({
  name: 'gibbs',
  summary: 'Draws each discrete coordinate given the others, one class of coordinates after the other.',
  config: z.strictObject({}),
  example: 'sampler: gibbs',
  reference: 'Geman & Geman 1984, https://doi.org/10.1109/TPAMI.1984.4767596',
  make: () => ({
    needs: 'density',
    domain: 'discrete',
    info: { flip_rate: 'float32' },
    is_exact: true,
    init: (x) => ({ x }),
    step(key, { x: before }, target) {
      const { values, classes, conditionals } = sweepOf(target)
      const u = uniform(key, before.shape) as Tensor2D
      const classOf = tf.tensor2d([...classes], [target.dim, 1], 'int32')
      const x = loop({ to: Math.max(...classes) + 1, state: before }, (now, index) => {
        const isDrawn = tf.equal(classOf, index)
        return tf.where(tf.broadcastTo(isDrawn, now.shape), drawn(u, values, conditionals(now, isDrawn)), now)
      })
      return [{ x }, { flip_rate: tf.mean<Tensor1D>(tf.cast(tf.notEqual(x, before), 'float32'), 0) }]
    },
    observe: observePotential,
  }),
})

interface Sweep {
  readonly values: readonly number[]
  readonly classes: readonly number[]
  /** U at each value of the coordinates that are drawn, flags [dim, 1]: one [dim, chains] or [1, chains] for each value. */
  conditionals(x: Tensor2D, isDrawn: Tensor): Tensor[]
}

function sweepOf(target: Target): Sweep {
  const { values, classes, conditionals } = discreteOf(target)
  const { potential } = densityOf(target)
  const eachForItself = Array.from({ length: target.dim }, (_, i) => i)
  if (conditionals !== undefined) return { values, classes: classes ?? eachForItself, conditionals: (x) => tf.unstack(conditionals(x)) }
  return {
    values,
    classes: eachForItself,
    conditionals: (x, isDrawn) => values.map((value: number) => tf.expandDims(potential(tf.where(tf.broadcastTo(isDrawn, x.shape), value, x)), 0)),
  }
}

/** The value at which the distribution function passes u: exp(−U), summed up. */
function drawn(u: Tensor2D, values: readonly number[], potentials: readonly Tensor[]): Tensor2D {
  const lowest = potentials.reduce((least, one) => tf.minimum(least, one))
  const sums: Tensor[] = []
  for (const potential of potentials) {
    const weight = tf.exp(tf.sub(lowest, potential))
    const before = sums.at(-1)
    sums.push(before === undefined ? weight : tf.add(before, weight))
  }
  const place = tf.mul(u, sums.at(-1) as Tensor)
  return values.slice(1).reduce<Tensor>((value, next, k) => tf.where(tf.greater(place, sums[k] as Tensor), next, value), tf.fill(u.shape, values[0] as number)) as Tensor2D
}
