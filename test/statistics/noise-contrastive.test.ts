/** Energies that learn to tell data from noise: the loss falls to its known minimum, and the energy is −log p. */
import type { RecordBatch } from 'apache-arrow'
import { from } from 'rxjs'
import { afterAll, describe, expect, test } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { tf, type Tensor } from '../../src/engine/tf.ts'
import { gaussian } from '../../src/models/energies/gaussian.ts'
import { conditionalNoiseContrastiveEstimation } from '../../src/models/losses/conditional-noise-contrastive-estimation.ts'
import type { Loss } from '../../src/models/losses/contract.ts'
import { noiseContrastiveEstimation } from '../../src/models/losses/noise-contrastive-estimation.ts'
import type { Net } from '../../src/models/nets/contract.ts'
import { adam } from '../../src/models/optimizers/adam.ts'
import { none } from '../../src/models/preconditioning/none.ts'
import { quadrature } from '../../src/models/quadrature.ts'
import { cosine } from '../../src/models/schedules/cosine.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { Model } from '../../src/streams/model.ts'
import { evaluate } from '../../src/streams/operators/evaluate.ts'
import { loss } from '../../src/streams/operators/loss.ts'
import { optimize } from '../../src/streams/operators/optimize.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { floats, valuesOf } from '../streams/batches.ts'
import { gather, gaussianRows, numbersOf } from '../streams/operators/numeric/training.ts'
import { expectAgreement, expectRejection, meanP, seed } from './checks.ts'

needs('tensorflow')

const TIMEOUT = 300_000
const [SCALE, BATCHES, ROWS, LAST] = [1.3, 600, 512, 200] as const
const v = SCALE ** 2

const executor = inlineExecutor()
afterAll(() => executor.close())

/** E = a x²/2 + b x + c: the net of an energy is its negative. */
const quadratic: Declared<Net<{ readonly a: Tensor; readonly b: Tensor; readonly c: Tensor }>> = {
  is: { kind: 'net', name: 'quadratic', config: {} },
  init: (_, __, draws) => ({ a: draws.fill([1], 0.3), b: draws.fill([1], 0.2), c: draws.fill([1], 0) }),
  apply: ({ a, b, c }, x) => tf.neg(tf.add(tf.mul(x, tf.add(tf.mul(tf.div(a, 2), x), b)), c)),
}

const normalDensity = (x: number, variance: number): number => Math.exp(-(x * x) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance)
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** The mean of f over numbers N(0, s²), of as many as there are s. */
function expectation(scales: readonly [number, ...number[]], f: (...x: readonly number[]) => number): number {
  const ends = scales.map((scale) => 9 * scale)
  return quadrature(gaussian({ dim: scales.length, scale: [...scales] }), 1, { lower: ends.map((end) => -end), upper: ends, points: 400 }).mean((x) => f(...x))
}

/** Of data N(0, v) beside noise N(0, δ²), ν times as much. */
function minimumOf(noises: number, sd: number): number {
  const logit = (x: number): number => Math.log(normalDensity(x, v) / (noises * normalDensity(x, sd ** 2)))
  return expectation([SCALE], (x = 0) => softplus(-logit(x))) + noises * expectation([sd], (y = 0) => softplus(logit(y)))
}

/** Of data N(0, v) beside neighbours at a distance. */
const conditionalMinimum = (distance: number): number =>
  expectation([SCALE, distance], (x = 0, step = 0) => 2 * softplus((x * x - (x + step) ** 2) / (2 * v)))

interface Row {
  readonly rule: Declared<Loss>
  readonly minimum: number
  /** Whether the energy is −log p, and not only up to a constant. */
  readonly is_normalized: boolean
}

const CASES: readonly Row[] = [
  { rule: noiseContrastiveEstimation({ mean: 0, sd: 1.7 }), minimum: minimumOf(1, 1.7), is_normalized: true },
  { rule: noiseContrastiveEstimation({ noises: 3, mean: 0, sd: 1 }), minimum: minimumOf(3, 1), is_normalized: true },
  { rule: conditionalNoiseContrastiveEstimation({ distance: 0.8 }), minimum: conditionalMinimum(0.8), is_normalized: false },
  { rule: conditionalNoiseContrastiveEstimation({ neighbours: 3, distance: 2 }), minimum: conditionalMinimum(2), is_normalized: false },
]

const POINTS = [-3, -1, 0, 0.5, 2]

/** The losses of the last batches, by when the model is at its best and their rows are fresh; and its energies less −log p. */
async function trained(rule: Declared<Loss>): Promise<{ last: number[]; errors: number[] }> {
  const model = Model.create(rule.is.name, { dim: 1, variables: defaultVariables(1), output: 'energy', net: quadratic as Declared<Net>, preconditioning: none({}) }, 7)
  const rows = await gather(gaussianRows({ batches: BATCHES, rows: ROWS, dim: 1, scale: SCALE, seed: seed(3) }).pipe(
    loss(model, rule, { executor, seed: seed(2) }),
    optimize(model, adam({ learning_rate: 0.02 }), { executor, schedule: cosine({ steps: BATCHES }) })))
  const points: RecordBatch = floats({ x0: POINTS })
  const energies = valuesOf(await gather(from([points]).pipe(evaluate(model, { executor }))), 'energy') as number[]
  return { last: numbersOf(rows, 'loss').slice(-LAST), errors: energies.map((energy, i) => energy + Math.log(normalDensity(POINTS[i] as number, v))) }
}

describe('of data N(0, v) and an energy that can be its own', () => {
  const named = CASES.map((row) => ({ name: row.rule.is.name, config: JSON.stringify(row.rule.is.config), row }))

  test.each(named)('$name, $config, falls to its minimum, and the energy is −log p', async ({ row: { rule, minimum, is_normalized } }) => {
    const { last, errors } = await trained(rule)
    expectAgreement('minimum', meanP(last, minimum))
    const constant = is_normalized ? 0 : (errors[2] as number)
    for (const error of errors) expect(Math.abs(error - constant)).toBeLessThan(0.1)
    if (!is_normalized) expect(Math.abs(constant)).toBeGreaterThan(0.5) // nothing told it log Z
  }, TIMEOUT)

  test.each([named[0], named[2]] as typeof named)('$name, $config, does not if it is given other data', async ({ row: { rule, minimum } }) => {
    const twin: Declared<Loss> = { ...rule, is: { ...rule.is, name: `${rule.is.name}, spoiled` }, loss: (functions, { x, ...rest }, key) => rule.loss(functions, { ...rest, x: tf.mul(x, 1.2) }, key) }
    expectRejection('minimum', meanP((await trained(twin)).last, minimum))
  }, TIMEOUT)
})
