/** A score that is told of classes falls to the minimum of each, is drawn class by class, and one that is told none is told apart. */
import { Field, Float32, Schema, type RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import { afterAll, expect, test } from 'vitest'
import { inlineExecutor } from '../../src/engine/index.ts'
import { tf, type Tensor, type Tensor2D } from '../../src/engine/tf.ts'
import { NO_CLASS } from '../../src/models/classes.ts'
import { denoisingScoreMatching } from '../../src/models/losses/denoising-score-matching.ts'
import type { Net } from '../../src/models/nets/contract.ts'
import { hostDraws } from '../../src/models/nets/host-draws.ts'
import { levels } from '../../src/models/noise/levels.ts'
import { none } from '../../src/models/preconditioning/none.ts'
import { reverseSde } from '../../src/models/samplers/reverse-sde.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { float32Column, listColumn, listType, recordBatch } from '../../src/streams/arrow/columns.ts'
import { Model } from '../../src/streams/model.ts'
import { sample } from '../../src/streams/operators/sample/sample.ts'
import { fromPull } from '../../src/streams/pull.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { column, gather } from '../streams/operators/sample/particles.ts'
import { distributionP, expectAgreement, expectRejection, meanP, seed } from './checks.ts'
import { normalCdf, normalMixtureCdf } from './probability.ts'
import { losses } from './trainings.ts'

needs('tensorflow')

const executor = inlineExecutor()
afterAll(() => executor.close())

const TIMEOUT = 120_000
const MEANS = [-2, 3]

/** Rows of N(m_k, v), each with the number of its class, or as many with none. */
function labelled({ batches, rows, v, isTold = true }: { batches: number; rows: number; v: number; isTold?: boolean }): Observable<RecordBatch> {
  const schema = new Schema([new Field('x', listType(1), false), new Field('class', new Float32(), false)])
  return fromPull(function* () {
    const draws = hostDraws(seed(3), 'labelled')
    for (let i = 0; i < batches; i++) {
      const k = Float32Array.from(draws.normal([rows], 1).data, (z) => Number(z > 0))
      const x = draws.normal([rows], Math.sqrt(v)).data.map((z, row) => z + (MEANS[k[row] as number] as number))
      yield recordBatch(schema, rows, [listColumn(x, 1), float32Column(isTold ? k : k.fill(NO_CLASS))])
    }
  })
}

test('falls to the minimum of the classes, dim v/(2 (v + σ²)), told of them and not otherwise', async () => {
  const [v, sigma, batches] = [1, 0.8, 600]
  const shift: Declared<Net<{ readonly w: Tensor; readonly m: Tensor }>> = {
    is: { kind: 'net', name: 'shift', config: {} },
    knows_classes: true,
    init: (inputs, outputs, draws, classes = 0) => ({ w: draws.fill([inputs, outputs], 0), m: draws.fill([classes, outputs], 0) }),
    apply: ({ w, m }, x, { classes }) => tf.add(tf.matMul(x, w as Tensor2D), tf.matMul(classes as Tensor2D, m as Tensor2D)),
  }
  const spec = { dim: 1, variables: defaultVariables(1), net: shift as Declared<Net>, noise: levels({ sigmas: [sigma] }), preconditioning: none({}), classes: { column: 'k', values: [0, 1], dropout: 0 } }
  const minimum = async (isTold: boolean): Promise<number> => {
    const made = await losses(Model.create(`told ${isTold}`, spec, 7), { rule: denoisingScoreMatching({}), rows$: labelled({ batches, rows: 512, v, isTold }), batches, rate: 0.05, executor })
    return meanP(made.slice(-200), v / (2 * (v + sigma ** 2)))
  }
  expectAgreement('minimum', await minimum(true))
  expectRejection('minimum, told no class', await minimum(false))
}, TIMEOUT)

/** The score of N(m_k, v) over noise levels, and of both with equal weights where no class is known. */
const [V, CHAINS] = [0.25, 8000]
const known: Declared<Net> = {
  is: { kind: 'net', name: 'two means', config: {} },
  knows_classes: true,
  init: () => ({}),
  apply(_, x, { classes, noise: sigma }) {
    const variance = tf.expandDims(tf.add(tf.square(sigma), V), 1) as Tensor2D
    const likely = tf.softmax(tf.div(tf.mul(-0.5, tf.square(tf.sub<Tensor2D>(x, tf.tensor2d([MEANS])))), variance) as Tensor2D, 1)
    const told = tf.sum(classes as Tensor2D, 1, true)
    const shares = tf.add<Tensor2D>(tf.mul(told, classes as Tensor2D), tf.mul(tf.sub(1, told), likely))
    return tf.div(tf.sub(tf.matMul(shares, tf.tensor2d(MEANS, [2, 1])), x), variance)
  },
}
const bare = { is: { kind: 'preconditioning', name: 'bare', config: {} }, noise: 'with', mean: 0, scales: (sigma: never) => ({ input: tf.onesLike(sigma), output: tf.onesLike(sigma), noise: sigma }), resolve: () => bare } as never
const noise = levels({ sigmas: Array.from({ length: 12 }, (_, i) => 20 * (0.01 / 20) ** (i / 11)) })
const model = new Model('known', { dim: 1, variables: defaultVariables(1), net: known, noise, preconditioning: bare, classes: { column: 'side', values: ['left', 'right'], dropout: 0.1 } }, {})

test('chains draw their classes by turns, and say which', async () => {
  const batches = await gather(sample(reverseSde({ steps: 200 }), { model, classes: ['right', 'left'], chains: CHAINS, every: 200, seed: seed(4), executor }))
  const sides = batches.flatMap((batch) => [...batch.getChild('side') as Iterable<string>])
  expect(sides.slice(0, 4)).toEqual(['right', 'left', 'right', 'left'])
  const x = Float32Array.from(column(batches, 'x0') as number[])
  const of = (side: string): Float32Array => x.filter((_, i) => sides[i] === side)
  const law = (side: string, mean: number): number => distributionP(of(side), (value) => normalCdf((value - mean) / Math.sqrt(V)))
  expectAgreement('law of left', law('left', -2))
  expectAgreement('law of right', law('right', 3))
  expectRejection('law of left, drawn as right', law('left', 3))
}, TIMEOUT)

test('without a class they draw the law of all', async () => {
  const x = Float32Array.from(column(await gather(sample(reverseSde({ steps: 200 }), { model, chains: CHAINS, every: 200, seed: seed(4), executor })), 'x0') as number[])
  expectAgreement('law of all', distributionP(x, normalMixtureCdf(MEANS.map((mean) => ({ mean, scale: Math.sqrt(V), weight: 0.5 })))))
}, TIMEOUT)

test('a class that the model does not know is refused', async () => {
  await expect(gather(sample(reverseSde({ steps: 4 }), { model, classes: ['middle'], chains: 4, executor }))).rejects.toMatchObject({ code: 'class_unknown', message: expect.stringMatching(/no class middle apart; it knows left, right/) as unknown })
})
