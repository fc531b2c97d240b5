/**
 * Masked autoencoder: a multilayer perceptron whose logits of a coordinate depend on the coordinates before it alone.
 *
 *   h_i = silu(h_(i−1) (W_i ⊙ M_i) + b_i),   h_0 = x,   logits = h_L (V ⊙ M) + c + x (A ⊙ N)
 *
 * Every unit has a degree: inputs and outputs the number of their coordinate, 1 to d, hidden ones 1 to d − 1 in turn. M_i
 * joins degrees to those that are not smaller, M and N to larger ones: paths lead from a coordinate to later ones alone, and the
 * first one's logits are numbers. All coordinates take one pass, drawing takes d.
 * It sees no noise. Shapes: x one-hot, [rows, Σ states]; logits the same.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { tf, type Tensor2D } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import { defineNet, type Net } from './contract.ts'
import { initDense, silu, type Dense } from './layers.ts'

const Config = z.strictObject({
  states: z.union([z.array(z.int().positive()).min(1), z.literal('auto')]).default('auto').meta({ description: 'Number of states of each coordinate; auto takes those of the encoding.' }),
  width: z.int().positive().default(128).meta({ description: 'Units of each hidden layer.' }),
  layers: z.int().positive().default(2).meta({ description: 'Number of hidden layers.' }),
})

export interface MaskedParameters {
  readonly hidden: readonly Dense[]
  readonly output: Dense
  /** A, from inputs to outputs. */
  readonly direct: Tensor2D
}

/** Logits start near zero: all sequences are then about alike. */
const SMALL = 0.1

export const made = defineNet({
  name: 'made',
  summary: 'A masked autoencoder: the logits of each coordinate\'s states, given the coordinates before it.',
  config: Config,
  example: 'net: { made: { states: [3, 3, 3], width: 64, layers: 2 } }',
  reference: 'Germain et al. 2015, https://arxiv.org/abs/1502.03509',
  make: ({ states: given, width, layers }): Net<MaskedParameters> => {
    const statesOf = (): readonly number[] => {
      if (given === 'auto') throw fail('config_unresolved', { unit: 'made' })
      return given
    }
    /** Of inputs, which are those of outputs, and of hidden units. */
    const degreesOf = (states: readonly number[]): { readonly outer: readonly number[]; readonly hidden: readonly number[] } => ({
      outer: states.flatMap((count, l) => new Array<number>(count).fill(l + 1)),
      hidden: Array.from({ length: width }, (_, k) => 1 + (k % Math.max(1, states.length - 1))),
    })
    return {
      get states() {
        return statesOf()
      },
      resolve({ states }): Declared<Net> {
        if (given === 'auto' && states === undefined) throw fail('config_invalid', { unit: 'made', problem: 'states: the encoding gives no categories; take `encoding: categories`' })
        return made({ states: given === 'auto' ? [...(states as readonly number[])] : given, width, layers }) as Declared<Net>
      },
      init(inputs, outputs, draws) {
        const sizes = [inputs, ...new Array<number>(layers).fill(width)]
        const gains = sizes.map((_, i) => (i === 0 ? Math.sqrt(inputs / statesOf().length) : 1)) // of one-hot inputs one in each coordinate is 1
        return {
          hidden: sizes.slice(1).map((size, i) => initDense(sizes[i] as number, size, draws, gains[i])),
          output: initDense(width, outputs, draws, SMALL),
          direct: draws.normal([inputs, outputs], SMALL / Math.sqrt(statesOf().length)),
        }
      },
      apply({ hidden, output, direct }: MaskedParameters, x) {
        const degrees = degreesOf(statesOf())
        let h = x
        hidden.forEach(({ w, b }, i) => {
          const mask = joins(tf.greaterEqual, i === 0 ? degrees.outer : degrees.hidden, degrees.hidden)
          h = silu(tf.add<Tensor2D>(tf.matMul(h, tf.mul<Tensor2D>(w, mask)), b))
        })
        const indirect = tf.add(tf.matMul(h, tf.mul<Tensor2D>(output.w, joins(tf.greater, degrees.hidden, degrees.outer))), output.b)
        return tf.add(indirect, tf.matMul(x, tf.mul<Tensor2D>(direct, joins(tf.greater, degrees.outer, degrees.outer))))
      },
    }
  },
})

/** 1 from units to those whose degree compares so to theirs, [from, to]. */
const joins = (compare: typeof tf.greater, from: readonly number[], to: readonly number[]): Tensor2D =>
  tf.cast(compare(tf.tensor2d([...to], [1, to.length]), tf.tensor2d([...from], [from.length, 1])), 'float32')
