/** The running average of the parameters, against the same recursion on the host: a long one soon forgets where it began. */
import { afterAll, expect, test } from 'vitest'
import { inlineExecutor } from '../../../../src/engine/index.ts'
import { denoisingScoreMatching } from '../../../../src/models/losses/denoising-score-matching.ts'
import { adam } from '../../../../src/models/optimizers/adam.ts'
import { loss } from '../../../../src/streams/operators/loss.ts'
import { optimize } from '../../../../src/streams/operators/optimize.ts'
import { perturb } from '../../../../src/streams/operators/perturb.ts'
import { needs } from '../../../needs.ts'
import { gather, gaussianRows, newModel, NOISE, stateOf } from './training.ts'

needs('tensorflow')

const executor = inlineExecutor()
afterAll(() => executor.close())

test.each([0.3, 0.999])('with decay %d', async (decay) => {
  const model = newModel()
  const seen: number[][] = [(await stateOf(model)).parameters as number[]]
  for (let update = 1; update <= 12; update++) {
    await gather(gaussianRows({ batches: 1, seed: update }).pipe(
      perturb(NOISE, { executor }), loss(model, denoisingScoreMatching({}), { executor }), optimize(model, adam({ learning_rate: 0.01 }), { executor, ema_decay: decay })))
    seen.push((await stateOf(model)).parameters as number[])
  }
  const [first = [], ...rest] = seen
  const expected = rest.reduce((mean, parameters, i) => {
    const rho = Math.min(decay, (i + 2) / (i + 11))
    return mean.map((value, j) => rho * value + (1 - rho) * (parameters[j] as number))
  }, first)
  const made = (await stateOf(model)).average as number[]
  expect(Math.max(...made.map((value, j) => Math.abs(value - (expected[j] as number))))).toBeLessThan(1e-5)
  expect(Math.max(...first.map((value, j) => Math.abs(value - (expected[j] as number))))).toBeGreaterThan(0.01)
})
