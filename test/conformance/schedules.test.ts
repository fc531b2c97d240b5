/** What every schedule promises: a factor from 0 to 1 for each update, of its number alone. */
import { expect } from 'vitest'
import { float32, type HostArray } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor1D } from '../../src/engine/tf.ts'
import type { Schedule } from '../../src/models/schedules/contract.ts'
import { needs } from '../needs.ts'
import { conformance, variantsOf } from './harness.ts'
import { expectSame, isFinite, otherwiseCompiled, ready, type Ready } from './programs.ts'

needs('tensorflow')

/** Numbers of updates, from the first. */
const STEPS = [1, 2, 3, 10, 99, 100, 101, 1000, 2999, 3000, 3001, 100_000, 10_000_000]
const AT = float32([STEPS.length], Float32Array.from(STEPS))

type Subject = Ready<HostArray, readonly HostArray[]>

const subjectOf = ({ factor }: Schedule): Subject =>
  ready<HostArray, readonly HostArray[]>((steps: Tensor1D) => STEPS.map((_, i) => factor(tf.slice(steps, [i], [1]).reshape<Tensor1D>([]) as unknown as Scalar)))

const twin = (factor: Schedule['factor']): Subject => subjectOf({ factor })

conformance<Subject>({
  kind: 'schedule',
  subjects: async (unit) => new Map([...await variantsOf<Schedule>(unit)].map(([called, schedule]) => [called, subjectOf(schedule)])),
  checks: {
    'gives one number from 0 to 1 for each update': {
      async holds({ compiled }) {
        for (const { dtype, shape, data } of await compiled(AT)) expect([dtype, shape, data[0]]).toEqual(['float32', [], expect.toSatisfy((factor: number) => factor >= 0 && factor <= 1)])
      },
      twin: () => twin((step) => tf.div(step, 1000)),
    },
    'lets the first update move': {
      async holds({ compiled }) {
        expect((await compiled(AT))[0]?.data[0]).toBeGreaterThan(0)
      },
      twin: () => twin((step) => tf.minimum(1, tf.div(tf.sub(step, 1), 100))),
    },
    'is finite however long a training lasts': {
      async holds({ compiled }) {
        expect(isFinite(await compiled(AT))).toBe(true)
      },
      twin: () => twin((step) => tf.sqrt(tf.sub(3000, step))),
    },
    'is the same, compiled and op by op': {
      holds: (both) => expectSame(both, AT),
      twin: () => twin((step) => otherwiseCompiled(tf.onesLike(step))),
    },
  },
})
