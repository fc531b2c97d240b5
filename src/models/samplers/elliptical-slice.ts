/**
 * Elliptical slice sampling, for targets that are a Gaussian times something.
 *
 *   ν ~ N(0, s² I),   x' = m + (x − m) cos θ + ν sin θ,   log u < Φ(x) − Φ(x'),   Φ(x) = U(x) − |x − m|²/(2s²)
 *
 * θ is drawn of a whole turn, and then of what is left of it: each θ that fails ends the bracket on its side of 0, where x is.
 * Nothing to tune, and no move is ever rejected: where the reference is the prior it is a posterior's sampler that needs no
 * gradient. A block of chains waits for the last of them. After 64 failures, whose bracket is of no width, x stays.
 * Shapes: x, ν [dim, chains]; the rest [chains].
 */
import { z } from 'zod'
import { fold, loop, normal, once, split, uniform, type Key } from '../../engine/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { choose } from './choose.ts'
import { defineSampler } from './contract.ts'
import { positionAt, type Position } from './position.ts'
import { REFERENCE, referenceOf } from './reference.ts'

const NAME = 'elliptical_slice'
const MOST_FAILURES = 64

const Config = z.strictObject(REFERENCE)

/** Angles that are left, and what became of the last one. */
interface Slice {
  readonly angle: Tensor1D
  readonly low: Tensor1D
  readonly high: Tensor1D
  readonly at: Position
  readonly num_evaluations: Tensor1D
  readonly is_done: Tensor1D
}

export const ellipticalSlice = defineSampler({
  name: NAME,
  summary: 'Moves along an ellipse through the chain and a draw of a Gaussian reference, as far as a slice of the target allows.',
  config: Config,
  example: 'sampler: { elliptical_slice: { scale: 2 } }',
  reference: 'Murray, Adams & MacKay 2010, https://proceedings.mlr.press/v9/murray10a.html',
  make: (gaussian) => ({
    needs: 'density',
    info: { num_evaluations: 'int32' },
    evaluations: 6,
    is_exact: true,
    init: positionAt,
    step(key, state: Position, target) {
      const { mean, scale, potential: reference } = referenceOf(NAME, gaussian, target.dim)
      const [drawKey, levelKey, angleKey, nextKey] = split(key, 4) as [Key, Key, Key, Key]
      const rest = ({ x, potential }: Position): Tensor1D => tf.sub(potential, reference(x))
      const most = tf.sub<Tensor1D>(rest(state), tf.log(uniform(levelKey, state.potential.shape)))
      const centred = tf.sub<Tensor2D>(state.x, mean)
      const other = tf.mul<Tensor2D>(scale, once(drawKey, normal(drawKey, state.x.shape)))
      const angle = tf.mul<Tensor1D>(2 * Math.PI, uniform(angleKey, state.potential.shape))
      const none = tf.cast<Tensor1D>(tf.zerosLike(angle), 'int32')
      const whole: Slice = { angle, low: tf.sub(angle, 2 * Math.PI), high: angle, at: state, num_evaluations: none, is_done: tf.isNaN(most) }
      const { at, num_evaluations } = loop({ from: 0, to: MOST_FAILURES, state: whole, until: ({ is_done }) => tf.all(is_done) }, (now, turn) => {
        const x = tf.add<Tensor2D>(mean, tf.add(tf.mul(centred, tf.cos(now.angle)), tf.mul(other, tf.sin(now.angle))))
        const proposal = positionAt(x, target)
        const isOpen = tf.logicalNot<Tensor1D>(now.is_done)
        const isInside = tf.lessEqual<Tensor1D>(rest(proposal), most) // false of a NaN
        const isBehind = tf.less(now.angle, 0)
        const [low, high] = [tf.where(isBehind, now.angle, now.low), tf.where(isBehind, now.high, now.angle)] as [Tensor1D, Tensor1D]
        return {
          angle: tf.add<Tensor1D>(low, tf.mul(tf.sub(high, low), uniform(fold(nextKey, turn), low.shape))),
          low,
          high,
          at: choose(tf.logicalAnd(isOpen, isInside), proposal, now.at),
          num_evaluations: tf.add(now.num_evaluations, tf.cast(isOpen, 'int32')),
          is_done: tf.logicalOr<Tensor1D>(now.is_done, isInside),
        }
      })
      return [at, { num_evaluations }]
    },
    observe: ({ potential }: Position) => ({ potential }),
  }),
})
