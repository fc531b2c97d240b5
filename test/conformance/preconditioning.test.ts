/** What every preconditioning promises: scores and energies of the right size at every noise level, made of a net that works at unit size. */
import { expect } from 'vitest'
import { float32, type HostArray } from '../../src/engine/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import { modelFunctions, type Output } from '../../src/models/model.ts'
import { hostDraws } from '../../src/models/nets/host-draws.ts'
import type { Net } from '../../src/models/nets/contract.ts'
import type { Preconditioning, Scales } from '../../src/models/preconditioning/contract.ts'
import type { Declared } from '../../src/unit.ts'
import { difference } from '../engine/both.ts'
import { needs } from '../needs.ts'
import { conformance, variantsOf } from './harness.ts'
import { expectSame, isFinite, otherwiseCompiled, ready, type Ready } from './programs.ts'
import { DATA, decidesAll } from './resolve.ts'

needs('tensorflow')

/** Rows at each noise level. */
const ROWS = 64

interface Inputs {
  /** [rows, dim]; [rows] */
  readonly x: HostArray
  readonly sigma: HostArray
}

interface Outputs {
  /** Of a model of the score, and of one of the energy whose net is the other's potential. */
  readonly score: HostArray
  readonly slope: HostArray
  /** What the net saw. */
  readonly input: HostArray
  readonly noise: HostArray
}

interface Subject extends Ready<Inputs, Outputs> {
  readonly declared: Preconditioning
  /** The noise levels that it is for: of a model without noise σ is 1. */
  readonly sigmas: readonly number[]
}

/** f = sin(2x + c), of unit size whatever it is given; its potential F = −cos(2x + c)/2. */
function netOf(output: Output, see: (x: Tensor2D, noise: Tensor1D) => void): Declared<Net> {
  return {
    is: { kind: 'net', name: 'waves', config: {} },
    init: () => ({}),
    apply(_, x, { noise }) {
      see(x, noise)
      const angle = tf.add<Tensor2D>(tf.mul(x, 2), tf.expandDims(noise, 1))
      return output === 'score' ? tf.sin(angle) : tf.sum(tf.div(tf.cos(angle), -2), 1, true)
    },
  }
}

function subjectOf(declared: Preconditioning): Subject {
  const preconditioning = declared.resolve(DATA)
  const model = (output: Output, see: (x: Tensor2D, noise: Tensor1D) => void = () => undefined) =>
    modelFunctions({ dim: DATA.dim, variables: [], output, net: netOf(output, see), preconditioning }, {})
  return {
    declared,
    sigmas: declared.noise === 'without' ? [1] : [0.01, 0.1, 1, 10, 100],
    ...ready<Inputs, Outputs>(({ x, sigma }: { x: Tensor2D; sigma: Tensor1D }) => {
      let seen = { input: x, noise: sigma }
      const score = model('score', (input, noise) => (seen = { input, noise })).score(x, sigma)
      return { score, slope: model('energy').score(x, sigma), ...seen }
    }),
  }
}

/** Data of the mean and deviation that DATA tells, noised at each level where there is noise. */
function rowsFor({ declared, sigmas }: Subject): Inputs {
  const n = sigmas.length * ROWS
  const [data, noise] = [hostDraws(1, 'data').normal([n, DATA.dim], DATA.sd), hostDraws(1, 'noise').normal([n, DATA.dim], 1)]
  const sigma = Float32Array.from({ length: n }, (_, row) => sigmas[row % sigmas.length] as number)
  const noised = (i: number): number => (declared.noise === 'without' ? 0 : (sigma[Math.floor(i / DATA.dim)] as number) * (noise.data[i] as number))
  return { x: float32(data.shape, data.data.map((v, i) => DATA.mean + v + noised(i))), sigma: float32([n], sigma) }
}

/** The root mean square over the rows of each noise level. */
const sizes = ({ data, shape: [, dim = 1] }: HostArray, { sigmas }: Subject): number[] => sigmas.map((_, k) => {
  const own = Array.from(data).filter((__, i) => Math.floor(i / dim) % sigmas.length === k)
  return Math.sqrt(own.reduce((sum, v) => sum + v * v, 0) / own.length)
})

/** Unit size at every level, changed. */
function twin(changes: Partial<Preconditioning> = {}, auto: number | 'auto' = 1): Subject {
  const made: Declared<Preconditioning> = {
    is: { kind: 'preconditioning', name: 'twin', config: { auto } },
    noise: 'with',
    mean: DATA.mean,
    scales: unitScales,
    resolve: () => made,
    ...changes,
  }
  return subjectOf(made)
}

const unitScales = (sigma: Tensor1D): Scales => ({ input: tf.rsqrt(tf.add<Tensor1D>(tf.square(sigma), DATA.sd ** 2)), output: tf.div(1, sigma), noise: tf.log(sigma) })
const twinScales = (change: (scales: Scales, sigma: Tensor1D) => Partial<Scales>): Subject => twin({ scales: (sigma) => ({ ...unitScales(sigma), ...change(unitScales(sigma), sigma) }) })

conformance<Subject>({
  kind: 'preconditioning',
  subjects: async (unit) => new Map([...await variantsOf<Preconditioning>(unit)].map(([called, made]) => [called, subjectOf(made)])),
  waivers: [
    { unit: 'none', check: 'lets the net see inputs of unit size at every level', reason: 'it is there to leave the inputs as they are' },
    { unit: 'flow', check: 'lets the net see inputs of unit size at every level', reason: 'its paths are from unit noise, for data of unit size: these are of size 2' },
  ],
  checks: {
    'gives a finite score of the shape of x': {
      async holds(subject) {
        const { x, sigma } = rowsFor(subject)
        const { score, slope } = await subject.compiled({ x, sigma })
        expect([score.dtype, score.shape, slope.shape, isFinite([score, slope])]).toEqual(['float32', x.shape, x.shape, true])
      },
      twin: () => twinScales((_, sigma) => ({ output: tf.log(tf.sub(sigma, 50)) })),
    },
    'makes of a net at unit size a score of size 1/σ, or less': {
      async holds(subject) {
        const { score } = await subject.compiled(rowsFor(subject))
        sizes(score, subject).forEach((size, k) => expect(size * (subject.sigmas[k] as number)).toBeLessThan(3))
      },
      twin: () => twinScales((_, sigma) => ({ output: tf.onesLike(sigma) })),
    },
    'lets the net see inputs of unit size at every level': {
      async holds(subject) {
        for (const size of sizes((await subject.compiled(rowsFor(subject))).input, subject)) expect(Math.abs(Math.log(size))).toBeLessThan(Math.log(2))
      },
      twin: () => twinScales((_, sigma) => ({ input: tf.div(1, sigma) })),
    },
    'tells the net how much noise there is': {
      async holds(subject) {
        const { noise } = await subject.compiled(rowsFor(subject))
        expect([noise.shape, isFinite(noise), new Set(noise.data).size]).toEqual([[subject.sigmas.length * ROWS], true, subject.sigmas.length])
      },
      twin: () => twinScales((_, sigma) => ({ noise: tf.zerosLike(sigma) })),
    },
    'makes of a potential the energy whose slope is the score': {
      async holds(subject) {
        const { score, slope } = await subject.compiled(rowsFor(subject))
        expect(difference(slope, score)).toBeLessThan(1e-5)
      },
      twin() {
        const made = twin()
        return { ...made, compiled: async (inputs) => ({ ...await made.compiled(inputs), slope: (await made.compiled(inputs)).input }) }
      },
    },
    'decides all that was left to the data': {
      holds: ({ declared }) => decidesAll(declared),
      twin: () => twin({}, 'auto'),
    },
    'is the same, compiled and op by op': {
      holds: (subject) => expectSame({ compiled: subject.compiled, eager: subject.eager }, rowsFor(subject)),
      twin: () => twinScales(({ output }) => ({ output: otherwiseCompiled(output) })),
    },
  },
})
