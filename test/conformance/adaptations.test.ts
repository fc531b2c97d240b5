/** What every adaptation promises: a tuning that follows how well steps go, of the chains of a block together. */
import { expect } from 'vitest'
import { float32, leaves, paths, scalarFloat, scalarInt, type HostArray } from '../../src/engine/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import type { Adaptation, AdaptationState, Seen } from '../../src/models/adaptations/contract.ts'
import { dualAveraging } from '../../src/models/adaptations/dual-averaging.ts'
import { hostDraws } from '../../src/models/nets/host-draws.ts'
import type { Info, Sampler, Tuning } from '../../src/models/samplers/contract.ts'
import { misfitOf } from '../../src/models/samplers/fit.ts'
import { advance, startParticles, type Particles, type Span } from '../../src/models/samplers/trajectory.ts'
import { builtin } from '../../src/pipelines/catalogue.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { conformance, plainOf, variantsOf } from './harness.ts'
import { bits, expectSame, isFinite, otherwiseCompiled, placeOf, ready, type Ready } from './programs.ts'
import { targetsFor, type Tried } from './targets.ts'

needs('tensorflow')

const [DIM, CHAINS] = [3, 16]
/** Steps of the burn-in, and those of it that are seen. */
const [STEPS, SEEN] = [40, 5]

type Arrays = Readonly<Record<string, HostArray>>

/** A state and a tuning, and what is seen of so many steps, one after the other. */
interface Inputs {
  readonly tuning: Arrays
  /** [chains] each */
  readonly info: Arrays
  readonly x: HostArray
}

interface Outputs {
  readonly first: Arrays
  readonly state: Arrays
  readonly tuning: Arrays
}

interface Subject extends Ready<Inputs, Outputs> {
  readonly adaptation: Adaptation
  /** Particles of a sampler that it tunes. */
  start(): Promise<unknown>
  advance(particles: unknown, from: number, to: number): Promise<unknown>
}

/** The first sampler that an adaptation can tune, and what it runs on. */
async function tunedBy(adaptation: Declared<Adaptation>): Promise<{ readonly sampler: Declared<Sampler>; readonly on: Tried }> {
  for (const unit of builtin.of('sampler')) {
    const sampler = await plainOf<Sampler>(unit)
    const [on] = targetsFor(sampler)
    if (on !== undefined && misfitOf(sampler, adaptation, on.target(), on.name) === undefined) return { sampler, on }
  }
  throw new Error(`no sampler has what ${adaptation.is.name} tunes: ${adaptation.tunes.join(', ')}`)
}

async function subjectOf(adaptation: Declared<Adaptation>): Promise<Subject> {
  const { sampler, on } = await tunedBy(adaptation)
  const place = placeOf(CHAINS)
  const rule = { rule: adaptation, steps: STEPS }
  const start = ready<HostArray, unknown>((x: Tensor2D) => startParticles({ sampler, target: on.target(), adaptation: rule }, x))
  const move = ready<unknown, unknown>(({ particles, words, lanes, span }: { particles: Particles; words: never; lanes: Tensor1D; span: Span }) =>
    advance({ sampler, target: on.target(), words, lanes, steps_per_body: 2, adaptation: rule }, particles, span))
  return {
    adaptation,
    ...ready<Inputs, Outputs>(({ tuning, info, x }: { tuning: Tuning; info: Info; x: Tensor2D }) => {
      const first = adaptation.init(tuning, DIM)
      let now: readonly [AdaptationState, Tuning] = [first, tuning]
      for (let step = 0; step < SEEN; step++) {
        const seen: Seen = { x: tf.mul(x, 1 + step / SEEN), info, step: tf.scalar(step, 'int32') }
        now = adaptation.update(...now, seen, STEPS)
      }
      return { first, state: now[0], tuning: now[1] }
    }),
    start: () => start.compiled(hostDraws(4, 'positions').normal([on.target().dim, CHAINS], 1)),
    advance: (particles, from, to) => move.compiled({ particles, words: place.words, lanes: place.lanes, span: { from: scalarInt(from), to: scalarInt(to) } }),
  }
}

/** Steps that went so well, of 0 to 1: that share was accepted, and the energy was kept the better. */
const at = (quality: number): Inputs => ({
  tuning: { step_size: scalarFloat(0.1), inverse_mass: float32([DIM, 1], new Float32Array(DIM).fill(1)), length: scalarFloat(1) },
  info: {
    acceptance_rate: float32([CHAINS], new Float32Array(CHAINS).fill(quality)),
    energy_error: float32([CHAINS], new Float32Array(CHAINS).fill(1 - quality)),
  },
  x: hostDraws(5, 'x').normal([DIM, CHAINS], 1),
})

const specsOf = (tree: Arrays): unknown[] => leaves<HostArray>(tree).map(({ dtype, shape }, i) => [paths(tree)[i], dtype, shape])

/** Dual averaging, changed. */
const twin = (changes: Partial<Adaptation>): Promise<Subject> => subjectOf({ ...dualAveraging({}), ...changes })
const twinTuning = (change: (tuning: Tuning) => Tuning): Promise<Subject> => twin({
  update(...given) {
    const [state, tuning] = dualAveraging({}).update(...given)
    return [state, change(tuning)]
  },
})

conformance<Subject>({
  kind: 'adaptation',
  async subjects(unit) {
    const made = [...await variantsOf<Adaptation>(unit)]
    return new Map(await Promise.all(made.map(async ([called, adaptation]) => [called, await subjectOf(adaptation)] as const)))
  },
  checks: {
    'keeps the shapes of its state and of the tuning, of a block and not of chains': {
      async holds({ compiled }) {
        const given = at(0.5)
        const { first, state, tuning } = await compiled(given)
        expect([specsOf(state), specsOf(tuning)]).toEqual([specsOf(first), specsOf(given.tuning)])
        for (const { shape } of leaves<HostArray>([state, tuning])) expect(shape).not.toContain(CHAINS)
      },
      twin: () => twinTuning(({ step_size, ...rest }) => ({ ...rest, step_size: tf.reshape(step_size, [1]) as never })),
    },
    'changes what it tunes, and nothing else': {
      async holds({ adaptation, compiled }) {
        const given = at(0.1)
        const { tuning } = await compiled(given)
        const changed = Object.keys(tuning).filter((what) => bits(tuning[what]) !== bits(given.tuning[what]))
        expect(changed.length).toBeGreaterThan(0)
        expect(changed.filter((what) => !adaptation.tunes.includes(what as keyof Tuning))).toEqual([])
      },
      twin: () => twinTuning(({ inverse_mass, ...rest }) => ({ ...rest, inverse_mass: tf.mul(inverse_mass as Tensor2D, 2) })),
    },
    'makes steps that are positive and finite, however they go': {
      async holds({ compiled }) {
        for (const quality of [0, 0.5, 1]) {
          const { state, tuning } = await compiled(at(quality))
          expect([quality, isFinite(state), Object.values(tuning).every(({ data }) => data.every((value) => value > 0 && Number.isFinite(value)))]).toEqual([quality, true, true])
        }
      },
      twin: () => twinTuning(({ step_size, ...rest }) => ({ ...rest, step_size: tf.sub(step_size, 0.1) })),
    },
    'makes longer steps where they go better': {
      async holds({ compiled }) {
        const [none, some, all] = await Promise.all([0.1, 0.5, 1].map(async (quality) => (await compiled(at(quality))).tuning.step_size?.data[0] as number))
        expect(none).toBeLessThan(some as number)
        expect(some).toBeLessThan(all as number)
      },
      twin: () => twinTuning(({ step_size, ...rest }) => ({ ...rest, step_size: tf.reciprocal(step_size) })),
    },
    'of 10 steps is that of 4, fetched and put back, and 6': {
      async holds({ start, advance: move }) {
        expect(bits(await move(await move(await start(), 0, 4), 4, 10))).toBe(bits(await move(await start(), 0, 10)))
      },
      async twin() {
        const made = await twin({})
        return { ...made, advance: (particles, from, to) => made.advance(particles, 0, to - from) } // it counts from the beginning of a call
      },
    },
    'is the same, compiled and op by op': {
      holds: ({ compiled, eager }) => expectSame({ compiled, eager }, at(0.8)), // steps of about 1
      twin: () => twinTuning(({ step_size, ...rest }) => ({ ...rest, step_size: otherwiseCompiled(step_size) })),
    },
  },
})
