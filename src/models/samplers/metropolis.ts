/**
 * The Metropolis-Hastings test, for the samplers that make one.
 *
 *   accept x' with probability min(1, exp(log α));  a NaN in log α is a rejection, not an error
 */
import { uniform, type Key } from '../../engine/index.ts'
import { tf, type Tensor1D } from '../../engine/tf.ts'
import { choose } from './choose.ts'
import type { Info, SamplerState } from './contract.ts'

/** Info of a sampler that makes the test. */
export const METROPOLIS_INFO = { acceptance_rate: 'float32', is_accepted: 'bool' } as const

/** Chain by chain the proposal or the state, by the test; `logAlpha` [chains]. */
export function metropolis<State extends SamplerState>(key: Key, logAlpha: Tensor1D, proposal: State, state: State): readonly [State, Info] {
  const acceptance_rate = tf.where(tf.isNaN(logAlpha), tf.zerosLike(logAlpha), tf.exp(tf.minimum(logAlpha, 0))) as Tensor1D
  const is_accepted = tf.less<Tensor1D>(uniform(key, logAlpha.shape), acceptance_rate)
  return [choose(is_accepted, proposal, state), { acceptance_rate, is_accepted }]
}
