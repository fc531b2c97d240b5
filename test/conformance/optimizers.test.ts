/** What every optimizer promises: it finds a minimum, and its state is all that it remembers. */
import { expect } from 'vitest'
import { float32, loop, scalarFloat, scalarInt, type HostArray } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D } from '../../src/engine/tf.ts'
import type { Optimizer, Slots } from '../../src/models/optimizers/contract.ts'
import { decodeSafetensors, encodeSafetensors } from '../../src/streams/models/safetensors.ts'
import { needs } from '../needs.ts'
import { conformance, variantsOf } from './harness.ts'
import { bits, expectSame, otherwiseCompiled, ready, type Ready } from './programs.ts'

needs('tensorflow')

interface State {
  readonly parameter: HostArray
  readonly slots: Readonly<Record<string, HostArray>>
}

interface Inputs extends State {
  /** Numbers of the updates, from 1, the last one excluded. */
  readonly from: HostArray
  readonly to: HostArray
  /** The first learning rate; it falls linearly, and is 0 at `end`. */
  readonly rate: HostArray
  readonly end: HostArray
}

interface Subject extends Ready<Inputs, State> {
  readonly rule: Optimizer
}

/** Half the sum of k (x − 3)²: a bowl ten times as steep in one direction as in another. */
const STEEPNESS = [1, 4, 10]
const MINIMUM = 3

function subjectOf(rule: Optimizer): Subject {
  const run = ready<Inputs, State>(({ parameter, slots, from, to, rate, end }: { parameter: Tensor1D; slots: Slots; from: Scalar; to: Scalar; rate: Scalar; end: Scalar }) =>
    loop({ from, to, state: { parameter: parameter as Tensor, slots } }, (now, i) => {
      const step = tf.cast<Scalar>(i, 'float32')
      const gradient = tf.mul(tf.tensor1d(STEEPNESS), tf.sub(now.parameter, MINIMUM))
      const [change, after] = rule.update(gradient, now.slots, now.parameter, tf.mul(rate, tf.sub(1, tf.div(step, end))), step)
      return { parameter: tf.add(now.parameter, change), slots: after }
    }))
  return { rule, ...run }
}

const start = ({ slots }: Optimizer): State => ({
  parameter: float32([3], Float32Array.of(1, -2, 0.5)),
  slots: Object.fromEntries(slots.map((name) => [name, float32([3], new Float32Array(3))])),
})

const updates = ({ parameter, slots }: State, from: number, to: number, rate = 0.1, end = 1000): Inputs =>
  ({ parameter, slots, from: scalarInt(from), to: scalarInt(to), rate: scalarFloat(rate), end: scalarFloat(end) })

/** What is left of a state when it has been a file. */
function filed({ parameter, slots }: State): State {
  const { arrays } = decodeSafetensors(Buffer.concat(encodeSafetensors({ metadata: {}, arrays: new Map(Object.entries({ parameter, ...slots })) })))
  const { parameter: p, ...rest } = Object.fromEntries(arrays)
  return { parameter: p as HostArray, slots: rest }
}

/** Gradient descent that also keeps the last gradient, changed. */
const twin = (update: Optimizer['update'], changes: Partial<Optimizer> = {}): Subject => subjectOf({ learning_rate: 0.1, slots: ['last'], update, ...changes })
const descent = (gradient: Tensor, rate: Tensor): Tensor => tf.mul(gradient, tf.neg(rate))

conformance<Subject>({
  kind: 'optimizer',
  subjects: async (unit) => new Map([...await variantsOf<Optimizer>(unit)].map(([called, rule]) => [called, subjectOf(rule)])),
  checks: {
    'keeps the shapes of its state, under the names that it declares': {
      async holds({ rule, compiled }) {
        const { parameter, slots } = await compiled(updates(start(rule), 1, 2))
        expect(Object.keys(slots).sort()).toEqual([...rule.slots].sort())
        for (const { dtype, shape } of [parameter, ...Object.values(slots)]) expect([dtype, shape]).toEqual(['float32', [3]])
        expect(new Set(rule.slots).size).toBe(rule.slots.length)
      },
      twin: () => twin((gradient, slots, _, rate) => [descent(gradient, rate), slots], { slots: ['a', 'a'] }),
    },
    'finds the minimum of a bowl': {
      async holds({ rule, compiled }) {
        const { parameter } = await compiled(updates(start(rule), 1, 1000))
        parameter.data.forEach((value) => expect(value).toBeCloseTo(MINIMUM, 1))
      },
      twin: () => twin((gradient, slots, _, rate) => [tf.neg(descent(gradient, tf.mul(rate, 1e-3))), slots]),
    },
    'has a learning rate of its own that is positive': {
      holds: ({ rule: { learning_rate } }) => expect(learning_rate).toBeGreaterThan(0),
      twin: () => twin((gradient, slots) => [gradient, slots], { learning_rate: NaN }),
    },
    'does not move at the learning rate 0': {
      async holds({ rule, compiled }) {
        expect((await compiled(updates(start(rule), 1, 10, 0))).parameter).toEqual(start(rule).parameter)
      },
      twin: () => twin((gradient, slots) => [tf.mul(gradient, -1e-3), slots]),
    },
    'of 10 updates is that of 4, saved and loaded, and 6': {
      async holds({ rule, compiled }) {
        const whole = await compiled(updates(start(rule), 1, 11))
        const four = await compiled(updates(start(rule), 1, 5))
        expect(bits(await compiled(updates(filed(four), 5, 11)))).toBe(bits(whole))
      },
      twin: () => {
        let calls = 0
        const rule = twin((gradient, slots, _, rate) => [descent(gradient, rate), slots])
        return { ...rule, compiled: (inputs) => rule.compiled({ ...inputs, rate: scalarFloat(0.1 * ++calls) }) } // it remembers calls beside its state
      },
    },
    'is the same, compiled and op by op': {
      holds: ({ rule, ...both }) => expectSame(both, updates(start(rule), 1, 4)),
      twin: () => twin((gradient, slots, _, rate) => [otherwiseCompiled(descent(gradient, rate)), slots]),
    },
  },
})
