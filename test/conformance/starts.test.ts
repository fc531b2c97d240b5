/** What every start promises: positions that follow from the key, each chain's from its own number; or the stream that has them. */
import { expect } from 'vitest'
import type { HostArray } from '../../src/engine/index.ts'
import { tf, type Tensor2D } from '../../src/engine/tf.ts'
import { categorical } from '../../src/models/energies/categorical.ts'
import { gaussian } from '../../src/models/energies/gaussian.ts'
import type { DrawnStart, Start } from '../../src/models/starts/contract.ts'
import { gaussianStart } from '../../src/models/starts/gaussian.ts'
import { energyTarget, type Target } from '../../src/models/target.ts'
import { needs } from '../needs.ts'
import { conformance, variantsOf } from './harness.ts'
import { bits, chainBits, expectSame, isFinite, keyOf, otherwiseCompiled, placeOf, ready, type Place, type Ready } from './programs.ts'

needs('tensorflow')

const [DIM, CHAINS] = [3, 16]

/** Both can be drawn from; the second has discrete coordinates. */
const TARGETS: readonly Target[] = [energyTarget(gaussian({ dim: DIM })), energyTarget(categorical({ levels: [0, 1, 3], dim: DIM }))]

interface Subject {
  readonly start: Start
  /** Absent where rows of a stream are the positions. */
  readonly drawn: (Ready<Place, HostArray> & {
    /** The same start of fewer chains. */
    readonly fewer: Ready<Place, HostArray>
  }) | undefined
}

function subjectOf(start: Start): Subject {
  if ('stream' in start) return { start, drawn: undefined }
  const drawn = (chains: number) => ready<Place, HostArray>((place: never) => start.draw(keyOf(place), [DIM, chains], targetOf(start)))
  return { start, drawn: { ...drawn(CHAINS), fewer: drawn(CHAINS / 2) } }
}

/** The first target that a start can be of. */
const targetOf = ({ draw }: DrawnStart): Target => TARGETS.find((target) => {
  try {
    tf.tidy(() => draw(someKey(), [DIM, 1], target))
    return true
  } catch {
    return false
  }
}) ?? (TARGETS[0] as Target)

const someKey = () => keyOf({ words: [tf.scalar(1, 'int32'), tf.scalar(2, 'int32')], lanes: tf.tensor1d([0], 'int32'), step: tf.scalar(0, 'int32') })

/** A Gaussian start, changed. */
const twin = (change: (x: Tensor2D, step: Tensor2D) => Tensor2D): Subject => subjectOf({
  draw: (key, shape) => change(gaussianStart({}).draw(key, shape), tf.cast<Tensor2D>(tf.reshape(key.step, [1, 1]), 'float32')),
})

conformance<Subject>({
  kind: 'start',
  subjects: async (unit) => new Map([...await variantsOf<Start>(unit)].map(([called, start]) => [called, subjectOf(start)])),
  checks: {
    'draws finite positions of the shape asked for, or names a stream': {
      async holds({ start, drawn }) {
        if (drawn === undefined) return expect(start).toMatchObject({ stream: expect.stringMatching(/./) as unknown })
        const x = await drawn.compiled(placeOf(CHAINS))
        expect([x.dtype, x.shape, isFinite(x)]).toEqual(['float32', [DIM, CHAINS], true])
      },
      twin: () => twin((x) => tf.transpose(x)),
    },
    'gives the same bits for the same key, others for another seed and another step': {
      async holds({ drawn }) {
        if (drawn === undefined) return
        const all = [placeOf(CHAINS), placeOf(CHAINS), placeOf(CHAINS, { seed: 2 }), placeOf(CHAINS, { step: 4 })]
        const [one, again, otherSeed, otherStep] = await Promise.all(all.map(async (place) => bits(await drawn.compiled(place))))
        expect(again).toBe(one)
        expect(new Set([one, otherSeed, otherStep]).size).toBe(3)
      },
      twin: () => twin((x, step) => tf.zerosLike(tf.add(x, step))),
    },
    'puts chains and coordinates in places of their own': {
      async holds({ drawn }) {
        if (drawn === undefined) return
        const x = await drawn.compiled(placeOf(CHAINS))
        expect(new Set(chainBits(x, CHAINS)).size).toBeGreaterThan(CHAINS / 4)
        expect(new Set(Array.from({ length: DIM }, (_, i) => x.data.slice(i * CHAINS, (i + 1) * CHAINS).join())).size).toBe(DIM)
      },
      twin: () => twin((x) => tf.tile(tf.slice(x, [0, 0], [DIM, 1]), [1, x.shape[1]])),
    },
    'of a chain does not depend on how many there are': {
      async holds({ drawn }) {
        if (drawn === undefined) return
        const [all, half] = [await drawn.compiled(placeOf(CHAINS)), await drawn.fewer.compiled(placeOf(CHAINS / 2))]
        half.data.forEach((value, i) => expect(value).toBeCloseTo(all.data[Math.floor(i / 8) * CHAINS + (i % 8)] as number, 5))
      },
      twin: () => twin((x) => tf.sub(x, tf.mean(x))),
    },
    'is the same, compiled and op by op': {
      holds: async ({ drawn }) => (drawn === undefined ? undefined : expectSame(drawn, placeOf(CHAINS))),
      twin: () => twin(otherwiseCompiled),
    },
  },
})
