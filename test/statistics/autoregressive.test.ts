/** Sequences against the laws that enumeration gives: ancestral draws, a temperature of each token, chains at another temperature; and learning. */
import { describe, expect, test } from 'vitest'
import { from } from 'rxjs'
import { inlineExecutor, int32, keyInPair, scalarInt, type HostArray, type Key } from '../../src/engine/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import { drawInTurn, type Conditionals } from '../../src/models/autoregressive.ts'
import { negativeLogLikelihood } from '../../src/models/losses/negative-log-likelihood.ts'
import { modelTarget } from '../../src/models/model.ts'
import type { MaskedParameters } from '../../src/models/nets/made.ts'
import { adam } from '../../src/models/optimizers/adam.ts'
import { unpackArrays, type Packed } from '../../src/models/packing.ts'
import { ancestral } from '../../src/models/samplers/ancestral.ts'
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { gibbsWithGradients } from '../../src/models/samplers/gibbs-with-gradients.ts'
import { gibbs } from '../../src/models/samplers/gibbs.ts'
import { cosine } from '../../src/models/schedules/cosine.ts'
import { exactStart } from '../../src/models/starts/exact.ts'
import { keyedDraws } from '../../src/streams/draws.ts'
import { Model, usedParameters } from '../../src/streams/model.ts'
import { loss } from '../../src/streams/operators/loss.ts'
import { optimize } from '../../src/streams/operators/optimize.ts'
import type { Declared } from '../../src/unit.ts'
import { compiled } from '../engine/both.ts'
import { boltzmann, conditionals, countsOf, energiesOf, numberOf, parametersOf, sequencesOf, specOf } from '../models/sequences.ts'
import { has, needs } from '../needs.ts'
import { lists } from '../streams/batches.ts'
import { gather, numbersOf } from '../streams/operators/numeric/training.ts'
import { countsP, expectAgreement, expectRejection, seed } from './checks.ts'
import { finalStates } from './final-states.ts'

needs('tensorflow')

const STATES = [3, 2, 3]
const CHAINS = 40_000
const spec = specOf(STATES)
const sequences = sequencesOf(STATES)
const parameters = parametersOf(spec, 4)
const energies = has('tensorflow') ? await energiesOf(spec, parameters, sequences) : []
const law = boltzmann(energies, 1)

/** exp(−E/T − Σ_l [LSE(logits_l/T) − LSE(logits_l)/T]), from the conditionals p_l: Π_l p_l(x_l)^(1/T)/Σ_k p_l(k)^(1/T). */
const tokenLaw = (T: number): number[] => sequences.map((x) => x.reduce((product, state, l) => {
  const power = (k: number): number => Math.exp((conditionals(sequences, law, [...x.slice(0, l), k])[l] as number) / T)
  return (product * power(state)) / Array.from({ length: STATES[l] as number }, (_, k) => power(k)).reduce((a, b) => a + b)
}, 1))

type Draw = (key: Key, shape: readonly [number, number], parameters: unknown) => Tensor2D

/** How often each sequence is drawn. */
async function drawn(draw: Draw, fixed: number): Promise<number[]> {
  const lanes = int32([CHAINS], Int32Array.from({ length: CHAINS }, (_, i) => i))
  const x = await compiled<HostArray>(({ p, words, lanes: own }: { p: unknown; words: never; lanes: Tensor1D }) => draw(keyInPair(words, own, tf.scalar(0, 'int32'), 0), [STATES.length, CHAINS], p),
    { p: parameters, words: [scalarInt(seed(fixed)), scalarInt(9)], lanes })
  return countsOf(x, STATES)
}

const inTurn = (T: number): Draw => (key, shape, p) => modelTarget(spec, p).discrete?.ancestral?.(key, shape, T) as Tensor2D

/** The model, each coordinate drawn as if none came before it. */
const apart = (p: unknown): Conditionals => ({ states: STATES, logits: (x) => spec.net.apply(p as MaskedParameters, tf.zerosLike(x), { noise: tf.zeros([x.shape[0]]) }) })

describe('ancestral draws', { timeout: 300_000 }, () => {
  test('follow the law', async () => {
    expectAgreement('counts of sequences', countsP(await drawn(inTurn(1), 1), law))
    expectAgreement('counts of sequences, as a start', countsP(await drawn((key, shape, p) => exactStart({}).draw(key, shape, modelTarget(spec, p)), 2), law))
  })

  test('do not when their order is reversed, or each is drawn by itself', async () => {
    const square: Draw = (key, shape, p) => tf.reverse(inTurn(1)(key, shape, p), 0) // as many states at both ends
    expectRejection('reversed', countsP(await drawn(square, 3), law))
    expectRejection('by itself', countsP(await drawn((key, shape, p) => drawInTurn(apart(p), key, shape, 1), 4), law))
  })

  test('come of the sampler, as a stream', async () => {
    expectAgreement('counts of sequences', countsP(await chains(ancestral({}), 1, 1), law))
    expectAgreement('counts of a later step', countsP(await chains(ancestral({}), 1, 3), law))
    expectRejection('a temperature that is not that of the law', countsP(await chains(ancestral({ token_temperature: 1.7 }), 1, 1), law))
  })
})

describe.each([0.6, 1.7])('at a temperature of %d', { timeout: 300_000 }, (T) => {
  test('of each token, draws follow a law of their own, which is not Boltzmann\'s', async () => {
    const own = tokenLaw(T)
    expect(own.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
    const counts = await drawn(inTurn(T), 5)
    expectAgreement('the law of tokens', countsP(counts, own))
    expectRejection('Boltzmann\'s law', countsP(counts, boltzmann(energies, T)))
    expectRejection('draws that ignore it', countsP(await drawn(inTurn(1), 6), own))
  })

  test('of each token, independent coordinates follow Boltzmann\'s law', async () => {
    const { data } = await compiled<HostArray>(({ p }: { p: unknown }) => apart(p).logits(tf.zeros([1, 8])), { p: parameters })
    const at = STATES.map((_, l) => STATES.slice(0, l).reduce((a, b) => a + b, 0))
    const energy = (x: readonly number[]): number => -x.reduce((sum, state, l) => sum + (data[(at[l] as number) + state] as number), 0)
    expectAgreement('Boltzmann\'s law', countsP(await drawn((key, shape, p) => drawInTurn(apart(p), key, shape, T), 7), boltzmann(sequences.map(energy), T)))
  })

  test('of the energy, Gibbs chains follow Boltzmann\'s law', async () => {
    const counts = await chains(gibbs({}), T, 30)
    expectAgreement('Boltzmann\'s law', countsP(counts, boltzmann(energies, T)))
    expectRejection('the law of tokens', countsP(counts, tokenLaw(T)))
  })
})

test('chains of single changes follow Boltzmann\'s law, at a temperature at which they move', { timeout: 300_000 }, async () => {
  const counts = await chains(gibbsWithGradients({}), 1.7, 150)
  expectAgreement('Boltzmann\'s law', countsP(counts, boltzmann(energies, 1.7)))
  expectRejection('the law of tokens', countsP(counts, tokenLaw(1.7)))
})

/** How often each sequence is where chains end. */
async function chains(sampler: Declared<Sampler>, temperature: number, steps: number): Promise<number[]> {
  const x = await finalStates(sampler, { model: new Model('m', spec, parameters), temperature, chains: CHAINS, steps, seed: seed(8) })
  const counts = new Array<number>(sequences.length).fill(0)
  for (let chain = 0; chain < CHAINS; chain++) {
    const at = numberOf(x.map((values) => values[chain] as number), STATES)
    counts[at] = (counts[at] ?? 0) + 1
  }
  return counts
}

describe('learning sequences of a Markov chain', () => {
  const [LENGTH, ROWS, BATCHES] = [6, 256, 1200]
  const START = [0.5, 0.25, 0.25]
  const NEXT = [[0.8, 0.1, 0.1], [0.1, 0.2, 0.7], [0.4, 0.5, 0.1]]
  const states = new Array<number>(LENGTH).fill(3)
  const all = sequencesOf(states)
  const truth = all.map((x) => x.reduce((product, state, l) => product * ((l === 0 ? START : NEXT[x[l - 1] as number] as number[])[state] as number), 1))
  const entropy = -truth.reduce((sum, p) => sum + p * Math.log(p), 0)

  /** The rows of all batches, the coordinates of each moved as told. */
  const rows = (change: (x: number[], row: number) => number[] = (x) => x) => {
    const draws = keyedDraws(seed(11), 'chain')
    const next = (p: readonly number[], u: number): number => (u < (p[0] as number) ? 0 : u < (p[0] as number) + (p[1] as number) ? 1 : 2)
    return from(Array.from({ length: BATCHES }, (_, batch) => lists(Array.from({ length: ROWS }, (__, i) => {
      const x: number[] = []
      for (let l = 0; l < LENGTH; l++) x.push(next(l === 0 ? START : NEXT[x[l - 1] as number] as number[], draws.uniform(batch * ROWS + i, l)))
      return change(x, i)
    }))))
  }

  /** Cross entropy of the truth and what was learned, exactly, in nats for each sequence; and the losses on the way. */
  async function learned(rows$: ReturnType<typeof rows>): Promise<{ readonly cross: number; readonly losses: number[] }> {
    const executor = inlineExecutor()
    const own = specOf(states)
    const model = Model.create('chain', own, seed(12))
    const training = await gather(rows$.pipe(loss(model, negativeLogLikelihood({}), { executor }), optimize(model, adam({ learning_rate: 0.01 }), { executor, ema_decay: 0.99, schedule: cosine({ steps: BATCHES }) })))
    const made = await energiesOf(own, unpackArrays(model.shapes, usedParameters(await model.read()) as Packed<HostArray>), all)
    return { cross: truth.reduce((sum, p, i) => sum + p * (made[i] as number), 0), losses: numbersOf(training, 'loss') }
  }

  test('ends at its entropy, to 0.003 nats a step', { timeout: 300_000 }, async () => {
    const { cross, losses } = await learned(rows())
    expect(losses[0]).toBeGreaterThan(entropy + 1) // it knew nothing
    expect(cross - entropy).toBeGreaterThan(0) // no law is nearer to the truth than itself
    expect((cross - entropy) / LENGTH).toBeLessThan(0.003)
  })

  test('and not where they are out of order', { timeout: 300_000 }, async () => {
    const { cross } = await learned(rows((x, row) => (row % 2 === 0 ? x : [...x].reverse())))
    expect((cross - entropy) / LENGTH).toBeGreaterThan(0.01)
  })
})
