/**
 * Underdamped Langevin dynamics, by the BAOAB splitting.
 *
 *   dx = v dt,   dv = s(x) dt − γ v dt + √(2γ) dw
 *   v ← v + ε/2 s(x),   x ← x + ε/2 v,   v ← c v + √(1 − c²) ξ,   x ← x + ε/2 v,   v ← v + ε/2 s(x),   c = exp(−γε)
 *
 * Of unit mass, with temperature inside the score. Biased by O(ε²), on a Gaussian of variance v not at
 * all: there its positions have variance v for every ε < 2√v, its velocities 1 − ε²/(4v). Chains begin
 * at rest: burn in for some 1/γ.
 * Shapes: x, momentum, score [dim, chains]; potential [chains].
 */
import { z } from 'zod'
import { normal } from '../../engine/rng/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import type { Target } from '../target.ts'
import { defineSampler, observePosition, type Observation, type SamplerState } from './contract.ts'

const Config = z.strictObject({
  step_size: z.number().positive().meta({ description: 'ε: the time of a step.' }),
  friction: z.number().positive().default(1).meta({ description: 'γ: how fast velocities are forgotten; 1/γ in time.' }),
})

interface State extends SamplerState {
  readonly x: Tensor2D
  readonly momentum: Tensor2D
  readonly score: Tensor2D
}

export const underdampedLangevin = defineSampler({
  name: 'underdamped_langevin',
  summary: 'Langevin dynamics with momentum, by the BAOAB splitting.',
  config: Config,
  example: 'sampler: { underdamped_langevin: { step_size: 0.1, friction: 1 } }',
  reference: 'Leimkuhler & Matthews 2013, https://doi.org/10.1093/amrx/abs010',
  make: ({ step_size, friction }) => {
    const kept = Math.exp(-friction * step_size)
    const half = step_size / 2
    return {
      needs: 'score',
      info: {},
      init: (x, target) => stateAt(x, tf.zerosLike(x), target),
      step(key, state: State, target) {
        const kicked = tf.add<Tensor2D>(state.momentum, tf.mul(half, state.score))
        const midway = tf.add<Tensor2D>(state.x, tf.mul(half, kicked))
        const refreshed = tf.add<Tensor2D>(tf.mul(kept, kicked), tf.mul(Math.sqrt(1 - kept * kept), normal(key, state.x.shape)))
        const moved = stateAt(tf.add(midway, tf.mul(half, refreshed)), refreshed, target)
        return [{ ...moved, momentum: tf.add<Tensor2D>(refreshed, tf.mul(half, moved.score)) }, {}]
      },
      observe: ({ x: _, momentum: __, ...known }: State): Observation => known,
    }
  },
})

function stateAt(x: Tensor2D, momentum: Tensor2D, target: Target): State {
  const { score = target.score(x), ...potential } = observePosition({ x }, target)
  return { x, momentum, score, ...(potential as { readonly potential?: Tensor1D }) }
}
