/** What every sampler promises: chains that follow from their keys, each by itself, however long the calls are. */
import { describe, expect } from 'vitest'
import { float32, leaves, normal, paths, scalarInt, type HostArray } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import { hostDraws } from '../../src/models/nets/host-draws.ts'
import { levelOf, type Sampler, type SamplerState, type Tuning } from '../../src/models/samplers/contract.ts'
import { langevin } from '../../src/models/samplers/langevin.ts'
import { advance, startParticles, type Particles, type Span } from '../../src/models/samplers/trajectory.ts'
import type { Target } from '../../src/models/target.ts'
import { sample } from '../../src/streams/operators/sample/sample.ts'
import type { Declared } from '../../src/unit.ts'
import { difference } from '../engine/both.ts'
import { needs } from '../needs.ts'
import { counted, gather } from '../streams/operators/sample/particles.ts'
import { conformance, shrunk, variantsOf, type Waiver } from './harness.ts'
import { bits, chainBits, executor, expectSame, isFinite, keyOf, otherwiseCompiled, placeOf, ready, withChain, type Place, type Ready } from './programs.ts'
import { targetsFor, type Tried } from './targets.ts'

needs('tensorflow')

const CHAINS = 16
/** Above the number of the step that is looked at, and the next: those of a grid are then not its last. */
const MOST_STEPS = 6

const waivers: readonly Waiver[] = [
  { unit: 'ancestral', check: 'leaves a NaN in the chain where it is, unless they interact', reason: 'it forgets where a chain was' },
  ...['dpm_solver', 'probability_flow', 'svgd'].flatMap((unit) => ['gives the same bits for the same key, others for another seed and another step', 'lets chains in one place go their own ways']
    .map((check) => ({ unit, check, reason: 'it draws nothing' }))),
]

type Arrays = Readonly<Record<string, HostArray>>

interface Inputs {
  readonly x: HostArray
  readonly place: Place
  readonly tuning: Arrays
}

interface Outputs {
  readonly before: Arrays
  readonly after: Arrays
  readonly info: Arrays
  /** Of the state after the step; and of one made anew from its positions. */
  readonly observed: Arrays
  readonly fresh: Arrays
  /** What the target says of those positions; no score where there are levels. */
  readonly exact: Arrays
}

interface Stepped extends Ready<Inputs, Outputs> {
  readonly sampler: Sampler
  target(): Target
}

/** The tuning before any adaptation, as arrays. */
const tuningOf = ({ sampler, target }: Stepped): Arrays =>
  Object.fromEntries(Object.entries(sampler.tuning?.(target()) ?? {}).map(([what, t]: [string, Tensor]) => [what, float32(t.shape, Float32Array.from(t.dataSync()))]))

/** One step from given positions. */
function steppedOn(sampler: Sampler, { target: makeTarget }: Pick<Tried, 'target'>): Stepped {
  const step = ({ x, place, tuning }: { x: Tensor2D; place: never; tuning: Tuning }): unknown => {
    const target = makeTarget()
    const key = keyOf(place)
    const before = sampler.init(x, target)
    const [after, info] = sampler.step(key, before, target, tuning)
    const next = tf.add<Scalar>(key.step, tf.scalar(1, 'int32'))
    const exact = {
      ...(target.density === undefined ? {} : { potential: target.density.potential(after.x) }),
      ...(target.levels === undefined ? { score: target.score(after.x) } : {}),
    }
    return { before, after, info, observed: sampler.observe(after, target, next), fresh: sampler.observe(sampler.init(after.x, target), target, next), exact }
  }
  return { sampler, target: makeTarget, ...ready<Inputs, Outputs>(step) }
}

/** Positions of about unit size, or one of the values that coordinates can have. */
function positions({ dim, discrete }: Target): HostArray {
  const x = hostDraws(4, 'positions').normal([dim, CHAINS], 1)
  return discrete === undefined ? x : float32(x.shape, x.data.map((v) => discrete.values[Math.floor(Math.abs(1000 * v)) % discrete.values.length] as number))
}

const inputs = (stepped: Stepped, place = placeOf(CHAINS)): Inputs => ({ x: positions(stepped.target()), place, tuning: tuningOf(stepped) })

/** Where a chain starts otherwise. */
const elsewhere = ({ target }: Stepped, x: HostArray): number => target().discrete?.values.find((value) => value !== x.data[3]) ?? 0.7

/** The chains whose bits are others. */
const changed = (a: unknown, b: unknown): number[] => {
  const other = chainBits(b, CHAINS)
  return chainBits(a, CHAINS).flatMap((own, chain) => (own === other[chain] ? [] : [chain]))
}

const ENERGY = targetsFor(langevin({ step_size: 1 }))[0] as Tried

type Made = Sampler<SamplerState>

/** Langevin dynamics, changed. */
const twin = (changes: Partial<Made>): Stepped => steppedOn({ ...langevin({ step_size: 0.1 }), ...changes }, ENERGY)
/** The step of Langevin dynamics, its result changed. */
const twinStep = (change: (x: Tensor2D, before: Tensor2D) => Tensor2D): Stepped =>
  twin({ step: (key, state, target) => [{ x: change(tf.add(state.x, normal(key, state.x.shape)), state.x) }, {}] })

describe('one step', () => conformance<Stepped>({
  kind: 'sampler',
  waivers,
  async subjects(unit) {
    const made = [...await variantsOf<Sampler>(unit, shrunk(unit, MOST_STEPS))]
    return new Map(made.flatMap(([called, sampler]) => targetsFor(sampler).map((target) => [`${called}, on ${target.name}`, steppedOn(sampler, target)] as const)))
  },
  checks: {
    'keeps the shapes and dtypes of its state, chains last': {
      async holds(subject) {
        const { before, after } = await subject.compiled(inputs(subject))
        const specs = (state: Arrays): unknown[] => leaves<HostArray>(state).map(({ dtype, shape }, i) => [paths(state)[i], dtype, shape])
        expect(specs(after)).toEqual(specs(before))
        expect(after.x?.shape).toEqual([subject.target().dim, CHAINS])
        for (const { shape } of leaves<HostArray>(after)) expect(shape.at(-1)).toBe(CHAINS)
      },
      twin: () => twin({ step: (_, { x }) => [{ x: tf.mul(x, 2), count: tf.ones([CHAINS]) }, {}] }),
    },
    'begins where it is told': {
      async holds(subject) {
        expect((await subject.compiled(inputs(subject))).before.x).toEqual(positions(subject.target()))
      },
      twin: () => twin({ init: (x) => ({ x: tf.mul(x, 2) }) }),
    },
    'gives the info that it declares, one value for each chain': {
      async holds(subject) {
        const { info } = await subject.compiled(inputs(subject))
        expect(Object.fromEntries(Object.entries(info).map(([name, { dtype }]) => [name, dtype]))).toEqual(subject.sampler.info)
        for (const { shape } of Object.values(info)) expect(shape).toEqual([CHAINS])
      },
      twin: () => twin({ info: { is_accepted: 'bool' } }),
    },
    'is finite, and moves chains': {
      async holds(subject) {
        const { before, after, info, observed } = await subject.compiled(inputs(subject))
        expect(isFinite([after, info, observed])).toBe(true)
        expect(changed(before.x, after.x)).not.toEqual([])
      },
      twin: () => twinStep((_, x) => x),
    },
    'gives the same bits for the same key, others for another seed and another step': {
      async holds(subject) {
        const all = [placeOf(CHAINS), placeOf(CHAINS), placeOf(CHAINS, { seed: 2 }), placeOf(CHAINS, { step: 4 })]
        const [one, again, otherSeed, otherStep] = await Promise.all(all.map(async (place) => bits((await subject.compiled(inputs(subject, place))).after)))
        expect(again).toBe(one)
        expect(new Set([one, otherSeed, otherStep]).size).toBe(3)
      },
      twin: () => twin({ step: (_, { x }, target) => [{ x: tf.add(x, target.score(x)) }, {}] }),
    },
    'lets chains in one place go their own ways': {
      async holds(subject) {
        const { dim, discrete } = subject.target()
        const x = float32([dim, CHAINS], new Float32Array(dim * CHAINS).fill(discrete?.values[0] ?? 0.3))
        expect(new Set(chainBits((await subject.compiled({ ...inputs(subject), x })).after, CHAINS)).size).toBeGreaterThan(1)
      },
      twin: () => twin({ step: (key, { x }) => [{ x: tf.add<Tensor2D>(x, tf.slice(normal(key, x.shape), [0, 0], [-1, 1])) }, {}] }),
    },
    'leaves the other chains alone where one starts elsewhere, unless they interact': {
      async holds(subject) {
        if (subject.sampler.interacts === true) return
        const given = inputs(subject)
        const [one, other] = [await subject.compiled(given), await subject.compiled({ ...given, x: withChain(given.x, 3, elsewhere(subject, given.x)) })]
        expect(changed([one.after, one.info], [other.after, other.info]).filter((chain) => chain !== 3)).toEqual([]) // that one may forget where it was, as Gibbs does on levels
      },
      twin: () => twinStep((x) => tf.sub(x, tf.mul(0.1, tf.mean(x)))),
    },
    'leaves a NaN in the chain where it is, unless they interact': {
      async holds(subject) {
        if (subject.sampler.interacts === true) return
        const given = inputs(subject)
        const [one, other] = [await subject.compiled(given), await subject.compiled({ ...given, x: withChain(given.x, 3, NaN) })]
        expect(changed([one.after, one.info], [other.after, other.info])).toEqual([3])
      },
      twin: () => twinStep((x) => tf.add(x, tf.mul(1e-30, tf.mean(x)))), // changes nothing, unless there is a NaN
    },
    'shows of a state what its positions say': {
      async holds(subject) {
        const { observed, fresh, exact } = await subject.compiled(inputs(subject))
        expect(Object.keys(observed)).not.toEqual([])
        expect(difference(observed, fresh)).toBeLessThan(1e-5)
        for (const name of Object.keys(exact)) if (name in observed) expect(difference(observed[name], exact[name]), name).toBeLessThan(1e-5)
      },
      twin: () => twin({
        init: (x, target) => ({ x, score: target.score(x) }), // carried along, and not made anew
        step: (key, { x, score }) => [{ x: tf.add(x, normal(key, x.shape)), score: score as Tensor }, {}],
        observe: ({ score }) => ({ score: score as Tensor2D }),
      }),
    },
    'is the same, compiled and op by op': {
      holds: (subject) => expectSame({ compiled: subject.compiled, eager: subject.eager }, inputs(subject)),
      twin: () => twinStep(otherwiseCompiled),
    },
    'says how it goes: steps, levels that do not go back, temperatures': {
      holds({ sampler, target }) {
        const made = target()
        const steps = sampler.numSteps?.(made) ?? 10
        const numbers = Array.from({ length: steps }, (_, step) => step)
        expect([steps > 0, (sampler.evaluations ?? 1) > 0]).toEqual([true, true])
        expect(numbers.every((step) => (sampler.temperatureOf?.(step, made) ?? 1) > 0)).toBe(true)
        const sigmas = numbers.map((step) => sampler.sigmaOf?.(step, made) ?? 1)
        expect(sigmas.every((sigma, step) => sigma > 0 && sigma <= (sigmas[step - 1] ?? Infinity))).toBe(true)
        if (sampler.needs === 'levels') expect([levelOf(sampler, 0, made), levelOf(sampler, steps - 1, made)]).toEqual([0, (made.levels?.length ?? 0) - 1])
      },
      twin: () => twin({ sigmaOf: (step) => step + 1 }),
    },
    'steps as its tuning says, in each field that can be tuned': {
      async holds(subject) {
        const { sampler: { tunes = [] }, target } = subject
        const given = inputs(subject)
        expect(Object.keys(given.tuning).sort()).toEqual([...tunes].sort())
        const { after } = await subject.compiled(given)
        const shapes = { step_size: [], inverse_mass: [target().dim, 1], length: [] }
        for (const what of tunes) {
          const { shape, data } = given.tuning[what] as HostArray
          expect([what, shape, data.every((value) => value > 0 && Number.isFinite(value))]).toEqual([what, shapes[what], true])
          const halved = { ...given, tuning: { ...given.tuning, [what]: float32(shape, Float32Array.from(data, (value) => value / 2)) } }
          expect(changed(after, (await subject.compiled(halved)).after), what).not.toEqual([])
        }
      },
      twin: () => twin({ tunes: ['step_size'], tuning: () => ({ step_size: tf.scalar(0.1) }), step: (key, { x }) => [{ x: tf.add(x, normal(key, x.shape)) }, {}] }),
    },
  },
}))

interface Trajectory {
  /** The particles after the steps from `from` to `to`. */
  advance(particles: unknown, from: number, to: number): Promise<unknown>
  start(): Promise<unknown>
  /** Another stream of the same declaration. */
  stream(seed: number): ReturnType<typeof sample>
  readonly counts: ReturnType<typeof counted>
}

const place = placeOf(CHAINS)

function trajectoryOf(sampler: Declared<Sampler>, { sampled, target }: Tried): Trajectory {
  const counts = counted(executor)
  const start = ready<HostArray, unknown>((x: Tensor2D) => startParticles({ sampler, target: target() }, x))
  const move = ready<unknown, unknown>(({ particles, words, lanes, span }: { particles: Particles; words: never; lanes: Tensor1D; span: Span }) =>
    advance({ sampler, target: target(), words, lanes, steps_per_body: 2 }, particles, span))
  return {
    start: () => start.compiled(positions(target())),
    advance: (particles, from, to) => move.compiled({ particles, words: place.words, lanes: place.lanes, span: { from: scalarInt(from), to: scalarInt(to) } }),
    stream: (seed) => sample(sampler, { ...sampled, chains: CHAINS, steps: 6, seed, executor: counts }),
    counts,
  }
}

const langevinTrajectory = (changes: Partial<Made> = {}): Trajectory => trajectoryOf({ ...langevin({ step_size: 0.1 }), ...changes }, ENERGY)

describe('a trajectory', () => conformance<Trajectory>({
  kind: 'sampler',
  subjects: async (unit) => new Map([...await variantsOf<Sampler>(unit, shrunk(unit, MOST_STEPS))].map(([called, sampler]) => [called, trajectoryOf(sampler, targetsFor(sampler)[0] as Tried)])),
  checks: {
    'of 10 steps is that of 4, fetched and put back, and 6': {
      async holds({ start, advance: move }) {
        const whole = await move(await start(), 0, 10)
        expect(bits(await move(await move(await start(), 0, 4), 4, 10))).toBe(bits(whole))
        expect(bits(await move(await move(await start(), 0, 3), 3, 10))).toBe(bits(whole))
      },
      twin() {
        const made = langevinTrajectory()
        return { ...made, advance: (particles, from, to) => made.advance(particles, 0, to - from) } // it counts from the beginning of a call
      },
    },
    'of a second stream compiles nothing': {
      async holds({ stream, counts }) {
        const first = await gather(stream(1))
        const loads = counts.loads
        expect(loads).toBeGreaterThan(0)
        expect((await gather(stream(2))).length).toBe(first.length)
        expect(counts.loads).toBe(loads)
      },
      twin() {
        const { counts, ...made } = langevinTrajectory()
        return { ...made, counts, stream: (seed) => sample(langevin({ step_size: 0.01 * seed }), { ...ENERGY.sampled, chains: CHAINS, steps: 6, executor: counts }) }
      },
    },
  },
}))
