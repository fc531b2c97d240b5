/** Training by score matching finds what is known in closed form: the minimum of the loss, and the score. */
import { afterAll, describe, expect, test } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { tf } from '../../src/engine/tf.ts'
import type { Batch, Loss } from '../../src/models/losses/contract.ts'
import { denoisingScoreMatching } from '../../src/models/losses/denoising-score-matching.ts'
import { exactScoreMatching } from '../../src/models/losses/exact-score-matching.ts'
import { flowMatching } from '../../src/models/losses/flow-matching.ts'
import { losses as catalogue } from '../../src/models/losses/index.ts'
import { slicedScoreMatching } from '../../src/models/losses/sliced-score-matching.ts'
import type { Net } from '../../src/models/nets/contract.ts'
import { levels } from '../../src/models/noise/levels.ts'
import { none } from '../../src/models/preconditioning/none.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { Model } from '../../src/streams/model.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { gaussianRows } from '../streams/operators/numeric/training.ts'
import { expectAgreement, expectRejection, meanP, seed } from './checks.ts'
import { linear, losses, scoresOf } from './trainings.ts'

needs('tensorflow')

const TIMEOUT = 300_000

const executor = inlineExecutor()
afterAll(() => executor.close())

describe('on data N(0, v I) at one noise level, with a net that is linear,', () => {
  const [sigma, scale, dim, batches, rows] = [0.8, 1.3, 3, 600, 512] as const
  const v = scale ** 2
  const noised = v + sigma ** 2
  const denoising = (dim * v) / (2 * noised)

  interface Row {
    readonly rule: Declared<Loss>
    /** Mean over rows at the best score, −x/(v + σ²). */
    readonly minimum: number
  }

  const ROWS: readonly Row[] = [
    { rule: denoisingScoreMatching({ weight: 'sigma_squared' }), minimum: denoising },
    { rule: denoisingScoreMatching({ weight: 'one' }), minimum: denoising / sigma ** 2 },
    { rule: denoisingScoreMatching({ weight: 'edm', sd: scale }), minimum: (denoising * noised) / v },
    { rule: denoisingScoreMatching({ weight: 'min_snr', sd: scale, gamma: 2 }), minimum: denoising * Math.min(1, (2 * sigma ** 2) / v) },
    { rule: exactScoreMatching({ weight: 'one' }), minimum: -dim / (2 * noised) },
    { rule: exactScoreMatching({ weight: 'sigma_squared' }), minimum: (-dim * sigma ** 2) / (2 * noised) },
    { rule: slicedScoreMatching({ weight: 'one' }), minimum: -dim / (2 * noised) },
    { rule: slicedScoreMatching({ weight: 'one', variance_reduced: false, directions: 'gaussian' }), minimum: -dim / (2 * noised) },
    { rule: flowMatching({}), minimum: (dim * v * (1 + sigma) ** 2) / noised },
  ]

  const WAIVED: Readonly<Record<string, string>> = {
    conditional_noise_contrastive_estimation: 'is of an energy: noise-contrastive.test.ts',
    maximum_likelihood: 'is of an energy and of samples of the model',
    negative_log_likelihood: 'is of autoregressive models, over categories: autoregressive.test.ts',
    noise_contrastive_estimation: 'is of an energy: noise-contrastive.test.ts',
  }

  /** Of the mean loss over the last batches: the model is at its best by then, and their rows are fresh. */
  async function minimumP(rule: Declared<Loss>, minimum: number): Promise<{ p: number; model: Model }> {
    const model = Model.create(rule.is.name, { dim, variables: defaultVariables(dim), net: linear as Declared<Net>, noise: levels({ sigmas: [sigma] }), preconditioning: none({}) }, 7)
    const made = await losses(model, { rule, rows$: gaussianRows({ batches, rows, dim, scale, seed: seed(3) }), batches, rate: 0.02, executor })
    return { p: meanP(made.slice(-200), minimum), model }
  }

  test.each(ROWS.map((row) => ({ name: row.rule.is.name, config: JSON.stringify(row.rule.is.config), row })))('$name, $config, falls to its minimum, and the score is −x/(v + σ²)', async ({ row: { rule, minimum } }) => {
    const { p, model } = await minimumP(rule, minimum)
    expectAgreement('minimum', p)
    const points = Float32Array.of(1, 0, 0, 0, -2, 0, 1, 1, 1)
    ;(await scoresOf(model, points, sigma)).forEach((score, i) => expect(score).toBeCloseTo(-(points[i] as number) / noised, 1))
  }, TIMEOUT)

  test.each(ROWS.map((row) => ({ name: row.rule.is.name, config: JSON.stringify(row.rule.is.config), row })))('$name, $config, does not if it is given other numbers', async ({ row: { rule, minimum } }) => {
    const spoiled = ({ x, noise, ...rest }: Batch): Batch => (rule.reads.includes('noise') ? { ...rest, x, noise: tf.mul(noise, 0.5) } : { ...rest, noise, x: tf.mul(x, 1.2) })
    const twin: Declared<Loss> = { ...rule, is: { ...rule.is, name: `${rule.is.name}, spoiled` }, loss: (functions, batch, key) => rule.loss(functions, spoiled(batch), key) }
    expectRejection('minimum', (await minimumP(twin, minimum)).p)
  }, TIMEOUT)

  test('every loss of the catalogue has a row, or a reason why not', () => {
    const found = new Set([...ROWS.map(({ rule }) => rule.is.name), ...Object.keys(WAIVED)])
    expect([...found].sort()).toEqual(catalogue.map(({ name }) => name).sort())
  })
})
