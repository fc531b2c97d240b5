/** What every noise promises: levels that fall, and a level for each row that follows from the key. */
import { expect } from 'vitest'
import { integers, type HostArray, type Key } from '../../src/engine/index.ts'
import { tf, type Tensor1D } from '../../src/engine/tf.ts'
import type { Noise } from '../../src/models/noise/contract.ts'
import type { Declared } from '../../src/unit.ts'
import { needs } from '../needs.ts'
import { conformance, variantsOf } from './harness.ts'
import { bits, expectSame, keyOf, otherwiseCompiled, placeOf, ready, type Place, type Ready } from './programs.ts'
import { DATA, decidesAll } from './resolve.ts'

needs('tensorflow')

const ROWS = 64

interface Subject extends Ready<Place, HostArray> {
  readonly declared: Noise
  readonly noise: Declared<Noise>
  /** The same noise for fewer rows. */
  readonly fewer: Ready<Place, HostArray>
}

function subjectOf(declared: Noise): Subject {
  const noise = declared.resolve(DATA)
  const draws = (rows: number) => ready<Place, HostArray>((place: never) => noise.draw(keyOf(place), rows))
  return { declared, noise, ...draws(ROWS), fewer: draws(ROWS / 2) }
}

const LEVELS = [4, 2, 1]

function twin(changes: Partial<Noise> = {}, auto: number | 'auto' = 1): Subject {
  const noise = {
    levels: LEVELS,
    draw: (key: Key, rows: number): Tensor1D => tf.gather(tf.tensor1d(LEVELS), integers(key, [rows], 3) as Tensor1D),
    resolve: (): Declared<Noise> => noise,
    is: { kind: 'noise', name: 'twin', config: { auto } },
    ...changes,
  } as const
  return subjectOf(noise)
}

conformance<Subject>({
  kind: 'noise',
  subjects: async (unit) => new Map([...await variantsOf<Noise>(unit)].map(([called, noise]) => [called, subjectOf(noise)])),
  checks: {
    'has levels that fall, all positive': {
      holds({ noise: { levels } }) {
        expect(levels.length).toBeGreaterThan(0)
        expect(levels.every((sigma) => Number.isFinite(sigma) && sigma > 0)).toBe(true)
        expect(levels.slice(1).every((sigma, i) => sigma < (levels[i] as number))).toBe(true)
      },
      twin: () => twin({ levels: [2, 2, 1] }),
    },
    'decides all that was left to the data': {
      holds: ({ declared }) => decidesAll(declared),
      twin: () => twin({}, 'auto'),
    },
    'draws for each row one of its levels, or between the first and the last': {
      async holds({ noise: { levels }, compiled }) {
        const { dtype, shape, data } = await compiled(placeOf(ROWS))
        expect([dtype, shape]).toEqual(['float32', [ROWS]])
        const [largest, smallest] = [levels[0] as number, levels.at(-1) as number]
        expect(data.every((sigma) => sigma <= Math.fround(largest) * (1 + 1e-6) && sigma >= Math.fround(smallest) * (1 - 1e-6))).toBe(true)
      },
      twin: () => twin({ draw: (key, rows) => tf.mul(5, tf.ones([rows])) }),
    },
    'draws the same for the same key, other levels for other rows, seeds and steps': {
      async holds({ noise: { levels }, compiled }) {
        const all = [placeOf(ROWS), placeOf(ROWS), placeOf(ROWS, { seed: 2 }), placeOf(ROWS, { step: 4 })]
        const drawn = await Promise.all(all.map(compiled))
        const [one, again, otherSeed, otherStep] = drawn.map(bits)
        expect(again).toBe(one)
        if (levels.length > 1) expect([new Set([one, otherSeed, otherStep]).size, new Set(drawn[0]?.data).size]).toEqual([3, expect.toSatisfy((n: number) => n > 1)])
      },
      twin: () => twin({ draw: (_, rows) => tf.ones([rows]) }),
    },
    'of a row does not depend on how many there are': {
      async holds({ compiled, fewer }) {
        const [all, half] = [await compiled(placeOf(ROWS)), await fewer.compiled(placeOf(ROWS / 2))]
        half.data.forEach((sigma, row) => expect(sigma).toBeCloseTo(all.data[row] as number, 5))
      },
      twin: () => twin({ draw: (_, rows) => tf.fill([rows], rows === ROWS ? 1 : 2) }),
    },
    'is the same, compiled and op by op': {
      holds: (both) => expectSame(both, placeOf(ROWS)),
      twin: () => twin({ draw: (_, rows) => otherwiseCompiled(tf.ones([rows])) }),
    },
  },
})
