/**
 * No preconditioning but the division by σ.
 *
 *   s(x, σ) = f([x, log σ]) / σ
 */
import { z } from 'zod'
import { tf } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import { definePreconditioning, type Preconditioning } from './contract.ts'

const Config = z.strictObject({})

export const none = definePreconditioning({
  name: 'none',
  summary: 'The net\'s output divided by sigma.',
  config: Config,
  example: 'precondition: none',
  reference: 'Song & Ermon 2020, https://arxiv.org/abs/2006.09011',
  make: () => ({
    score: (net, x, sigma) => tf.div(net(x, tf.log(sigma)), tf.expandDims(sigma, 1)),
    resolve: (): Declared<Preconditioning> => none({}),
  }),
})
