/** What every loss promises: one number whose gradient pulls a model to the truth. */
import { expect } from 'vitest'
import { float32, valueAndGrads, type HostArray, type Key } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import type { Batch, Loss } from '../../src/models/losses/contract.ts'
import { lossOfHalves, type Lost, type Rows } from '../../src/models/losses/row-halves.ts'
import type { ModelFunctions } from '../../src/models/model.ts'
import { hostDraws } from '../../src/models/nets/host-draws.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { conformance, plainOf, variantsOf } from './harness.ts'
import { expectSame, isFinite, keyOf, otherwiseCompiled, placeOf, ready, type Place, type Ready } from './programs.ts'
import { DATA, decidesAll } from './resolve.ts'

needs('tensorflow')

const [ROWS, DIM] = [256, DATA.dim]
const variance = DATA.sd ** 2

/** Coefficients of the energy (½ xᵀ A x + bᵀ x)/(v + σ²); A = I and b = 0 are true. */
interface Coefficients<T> {
  readonly a: T
  readonly b: T
}

interface Inputs {
  readonly model: Coefficients<HostArray>
  readonly batch: Partial<Record<keyof Batch, HostArray>>
  readonly place: Place
}

interface Outputs {
  readonly value: HostArray
  readonly info: Readonly<Record<string, HostArray>>
  readonly grads: Coefficients<HostArray>
}

interface Made extends Ready<Inputs, Outputs> {
  /** The same, of both halves of the rows. */
  readonly halves: Ready<Inputs, Outputs>
  readonly declared: Loss
  readonly rule: Loss
}

interface Subject extends Made {
  /** The same with its defaults: without what some add to pull elsewhere, such as a decay. */
  readonly plain: Made
}

function functionsOf({ a, b }: Coefficients<Tensor2D>): ModelFunctions {
  const symmetric = tf.div<Tensor2D>(tf.add(a, tf.transpose(a)), 2)
  const scale = (x: Tensor2D, sigma: Tensor1D | undefined): Tensor1D => tf.add(tf.square(sigma ?? tf.zeros([x.shape[0]])), variance)
  const energy = (x: Tensor2D, sigma?: Tensor1D): Tensor1D => tf.div(tf.sum<Tensor1D>(tf.mul(x, tf.add(tf.div(tf.matMul(x, symmetric), 2), b)), 1), scale(x, sigma))
  return {
    score: (x, sigma) => tf.neg(tf.div(tf.add(tf.matMul(x, symmetric), b), tf.expandDims(scale(x, sigma), 1))),
    energy,
    logLikelihood: (x) => tf.neg(energy(x)), // but for log Z
  }
}

function madeOf(declared: Loss): Made {
  const rule = declared.resolve(DATA)
  const made = (lossOf: (rows: Rows, key: Key, whole: (rows: Rows, key: Key) => Lost) => Lost): Ready<Inputs, Outputs> =>
    ready(({ model, batch, place }: { model: Coefficients<Tensor2D>; batch: Rows; place: never }) => {
      const { value, grads, aux: info } = valueAndGrads((parameters) => {
        const lost = lossOf(batch, keyOf(place), (rows, key) => rule.loss(functionsOf(parameters), rows as unknown as Batch, key))
        return [lost.value, lost.info] as const
      }, model)
      return { value, info, grads }
    })
  return { declared, rule, ...made((rows, key, whole) => whole(rows, key)), halves: made(lossOfHalves) }
}

/** Rows of N(0, v I), noised where the loss reads the noise, and negatives of N(mean, scale² v I). */
function batchFor({ reads }: Loss, { mean = 0, scale = 1 } = {}): Inputs['batch'] {
  const [data, noise, others] = [1, 2, 3].map((seed) => hostDraws(seed, 'rows').normal([ROWS, DIM], 1)) as [HostArray, HostArray, HostArray]
  const sigma = float32([ROWS], Float32Array.from({ length: ROWS }, (_, row) => [0.3, 1, 3][row % 3] as number))
  const is_noised = reads.includes('noise')
  const x = Float32Array.from(data.data, (v, i) => DATA.sd * v + (is_noised ? (sigma.data[Math.floor(i / DIM)] as number) * (noise.data[i] as number) : 0))
  return {
    x: float32([ROWS, DIM], x),
    ...(is_noised ? { noise, sigma } : {}),
    ...(reads.includes('negatives') ? { negatives: float32([ROWS, DIM], Float32Array.from(others.data, (v) => mean + scale * DATA.sd * v)) } : {}),
  }
}

const place = placeOf(ROWS)

/** A = factor I, b = (offset, offset, ...), with negatives of that very model where it has some. */
const linear = ({ rule }: Made, factor: number, offset = 0): Inputs => ({
  batch: batchFor(rule, factor > 0 ? { mean: -offset / factor, scale: 1 / Math.sqrt(factor) } : {}),
  model: {
    a: float32([DIM, DIM], Float32Array.from({ length: DIM * DIM }, (_, i) => (i % (DIM + 1) === 0 ? factor : 0))),
    b: float32([1, DIM], new Float32Array(DIM).fill(offset)),
  },
  place,
})

/** A model that is neither true nor special. */
const some = ({ rule }: Made): Inputs =>
  ({ batch: batchFor(rule, { mean: 0.3, scale: 1.2 }), model: { a: hostDraws(4, 'a').normal([DIM, DIM], 0.7), b: hostDraws(4, 'b').normal([1, DIM], 0.7) }, place })

type Value = (model: ModelFunctions, batch: Batch) => Scalar

/** The mean of |σ s + ξ|². */
const dsm: Value = ({ score }, { x, noise, sigma }) => tf.mean(tf.square(tf.add(tf.mul(score(x, sigma), tf.expandDims(sigma, 1)), noise)))

function twin(value: Value, changes: Partial<Loss> = {}, auto: number | 'auto' = 1): Subject {
  const rule: Declared<Loss> = {
    is: { kind: 'loss', name: 'twin', config: { auto } },
    reads: ['x', 'noise', 'sigma'],
    needs: 'score',
    info: [],
    loss: (model, batch) => ({ value: value(model, batch), info: {} }),
    resolve: () => rule,
    ...changes,
  }
  return { ...madeOf(rule), plain: madeOf(rule) }
}

const negated: Value = ({ score }, batch) => dsm({ score: (x, sigma) => tf.neg(score(x, sigma)) }, batch)

conformance<Subject>({
  kind: 'loss',
  async subjects(unit) {
    const plain = madeOf(await plainOf<Loss>(unit))
    return new Map([...await variantsOf<Loss>(unit)].map(([called, loss]) => [called, { ...madeOf(loss), plain }]))
  },
  waivers: [
    { unit: 'maximum_likelihood', check: 'is smaller for the true score than for others, and its negation', reason: 'its value is no likelihood: only its gradient means something' },
    ...([['negative_log_likelihood', 'autoregressive'], ['noise_contrastive_estimation', 'noise-contrastive']] as const).flatMap(([unit, file]) =>
      ['pulls models that are too flat, too steep or beside the data to the truth', 'is smaller for the true score than for others, and its negation']
        .map((check) => ({ unit, check, reason: `these models are not normalised; of one that is, see statistics/${file}.test.ts` }))),
  ],
  checks: {
    'is one finite number, with the info that it declares': {
      async holds(subject) {
        const { value, info } = await subject.compiled(some(subject))
        expect([value.dtype, value.shape, isFinite([value, info])]).toEqual(['float32', [], true])
        expect(Object.keys(info).sort()).toEqual([...subject.rule.info].sort())
        for (const { dtype, shape } of Object.values(info)) expect([dtype, shape]).toEqual(['float32', []])
      },
      twin: () => twin(dsm, { info: ['never_given'] }),
    },
    'has the gradient of differences, in each parameter': {
      async holds(subject) {
        const given = some(subject)
        const { value, grads } = await subject.compiled(given)
        for (const name of ['a', 'b'] as const) {
          for (const [i, slope] of grads[name].data.entries()) {
            const h = 0.05
            const at = async (step: number): Promise<number> => {
              const moved = float32(given.model[name].shape, Float32Array.from(given.model[name].data, (v, j) => (i === j ? v + step : v)))
              return (await subject.compiled({ ...given, model: { ...given.model, [name]: moved } })).value.data[0] as number
            }
            const difference = (8 * (await at(h) - await at(-h)) - (await at(2 * h) - await at(-2 * h))) / (12 * h)
            expect(Math.abs(difference - slope), `${name} ${i}`).toBeLessThan(2e-3 * Math.max(1, Math.abs(slope), Math.abs(value.data[0] as number)))
          }
        }
      },
      twin: () => twin((model, batch) => dsm(model, { ...batch, noise: tf.div(tf.floor(tf.mul(model.score(batch.x, batch.sigma), 1000)), 1000) })), // floor has no slope
    },
    'pulls models that are too flat, too steep or beside the data to the truth': {
      async holds({ plain }) {
        const slopes = async (factor: number, offset = 0): Promise<{ readonly steeper: number; readonly aside: number }> => {
          const { a, b } = (await plain.compiled(linear(plain, factor, offset))).grads
          const [steeper, aside] = [Array.from(a.data).filter((_, i) => i % (DIM + 1) === 0), Array.from(b.data)].map((own) => own.reduce((sum, slope) => sum + slope, 0))
          return { steeper: steeper as number, aside: aside as number }
        }
        expect((await slopes(0.5)).steeper, 'too flat').toBeLessThan(0)
        expect((await slopes(2)).steeper, 'too steep').toBeGreaterThan(0)
        expect((await slopes(1, 2)).aside, 'on one side').toBeGreaterThan(0)
        expect((await slopes(1, -2)).aside, 'on the other').toBeLessThan(0)
      },
      twin: () => twin(negated),
    },
    'is smaller for the true score than for others, and its negation': {
      async holds({ plain }) {
        const value = async (factor: number, offset = 0): Promise<number> => (await plain.compiled(linear(plain, factor, offset))).value.data[0] as number
        const truth = await value(1)
        for (const [what, factor, offset] of [['half', 0.5, 0], ['double', 2, 0], ['beside', 1, 2], ['none', 0, 0]] as const) expect(await value(factor, offset), what).toBeGreaterThan(truth)
        expect(await value(-1), 'its negation').toBeGreaterThan(await value(0))
      },
      twin: () => twin(negated),
    },
    'is the mean of those of two halves, whose rows draw what they draw in the whole': {
      holds: (subject) => expectSame({ compiled: subject.halves.eager, eager: subject.eager }, some(subject)),
      twin: () => twin((model, batch) => tf.mul(batch.x.shape[0], dsm(model, batch))), // a sum
    },
    'decides all that was left to the data': {
      holds: ({ declared }) => decidesAll(declared),
      twin: () => twin(dsm, {}, 'auto'),
    },
    'is the same, compiled and op by op': {
      holds: (subject) => expectSame({ compiled: subject.compiled, eager: subject.eager }, some(subject)),
      twin: () => twin((model, batch) => otherwiseCompiled(dsm(model, batch))),
    },
  },
})
