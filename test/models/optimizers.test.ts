/** Optimizers against steps computed by hand in double precision, and schedules against their formulas. */
import { describe, expect, test } from 'vitest'
import { float32, scalarFloat, type HostArray } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor } from '../../src/engine/tf.ts'
import type { Optimizer, Slots } from '../../src/models/optimizers/contract.ts'
import { adam } from '../../src/models/optimizers/adam.ts'
import { sgd } from '../../src/models/optimizers/sgd.ts'
import type { Schedule } from '../../src/models/schedules/contract.ts'
import { constant } from '../../src/models/schedules/constant.ts'
import { cosine } from '../../src/models/schedules/cosine.ts'
import { needs } from '../needs.ts'
import { compiled } from '../engine/both.ts'

needs('tensorflow')

const START = [1, -2, 0.5]
/** Gradients of three updates. */
const GRADIENTS = [[0.3, -1, 2], [0.1, 0.5, -2], [-0.4, 0.2, 1]]

/** The parameters after each update. */
async function steps(rule: Optimizer, rate: number): Promise<number[][]> {
  const f = ({ x, gradients }: { x: Tensor; gradients: Tensor[] }): Tensor[] => {
    let parameter = x
    let slots: Slots = Object.fromEntries(rule.slots.map((name) => [name, tf.zerosLike(x)]))
    return gradients.map((gradient, i) => {
      const [change, after] = rule.update(gradient, slots, parameter, tf.scalar(rate), tf.scalar(i + 1))
      slots = after
      return (parameter = tf.add(parameter, change))
    })
  }
  const vector = (values: readonly number[]): HostArray => float32([3], Float32Array.from(values))
  return (await compiled<HostArray[]>(f, { x: vector(START), gradients: GRADIENTS.map(vector) })).map(({ data }) => Array.from(data))
}

/** The same in double precision, one coordinate at a time: `update` gives the change for one gradient. */
const byHand = (make: () => (gradient: number, step: number) => number): number[][] => {
  const updates = START.map(make)
  const now = [...START]
  return GRADIENTS.map((gradient, i) => now.map((_, j) => (now[j] = (now[j] as number) + (updates[j] as ReturnType<typeof make>)(gradient[j] as number, i + 1))))
}

test.each<[what: string, rule: Optimizer, make: () => (gradient: number, step: number) => number]>([
  ['sgd', sgd({}), () => (g) => -0.1 * g],
  ['sgd with momentum', sgd({ momentum: 0.9 }), () => {
    let u = 0
    return (g) => -0.1 * (u = 0.9 * u + g)
  }],
  ['sgd with Nesterov\'s momentum', sgd({ momentum: 0.9, nesterov: true }), () => {
    let u = 0
    return (g) => -0.1 * (g + 0.9 * (u = 0.9 * u + g))
  }],
  ['adam', adam({}), () => {
    let [m, v] = [0, 0]
    return (g, t) => {
      m = 0.9 * m + 0.1 * g
      v = 0.999 * v + 0.001 * g * g
      return (-0.1 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8)
    }
  }],
  ['adam with other constants', adam({ beta1: 0.5, beta2: 0.8, epsilon: 0.1 }), () => {
    let [m, v] = [0, 0]
    return (g, t) => {
      m = 0.5 * m + 0.5 * g
      v = 0.8 * v + 0.2 * g * g
      return (-0.1 * (m / (1 - 0.5 ** t))) / (Math.sqrt(v / (1 - 0.8 ** t)) + 0.1)
    }
  }],
])('%s takes the steps of its formula', async (_, rule, make) => {
  const exact = byHand(make)
  ;(await steps(rule, 0.1)).forEach((made, i) => made.forEach((value, j) => expect(value).toBeCloseTo(exact[i]?.[j] as number, 5)))
})

test('the first step of adam is the learning rate, whatever the gradient\'s size', async () => {
  const [first] = await steps(adam({}), 0.01) as [number[]]
  first.forEach((value, j) => expect(value - (START[j] as number)).toBeCloseTo(-0.01 * Math.sign(GRADIENTS[0]?.[j] as number), 5))
})

describe('schedules', () => {
  const factors = (schedule: Schedule, at: readonly number[]): Promise<number[]> =>
    compiled<HostArray[]>((ts: Scalar[]) => ts.map((t) => schedule.factor(t)), at.map(scalarFloat)).then((out) => out.map(({ data }) => data[0] as number))

  test.each<[what: string, schedule: Schedule, at: readonly number[], exact: (t: number) => number]>([
    ['constant is 1', constant({}), [1, 2, 1000], () => 1],
    ['a warm-up grows from the first update to its last', constant({ warm_up_steps: 4 }), [1, 2, 3, 4, 5, 100], (t) => Math.min(1, t / 4)],
    ['cosine falls to nothing along half a wave, and stays there', cosine({ steps: 100 }), [1, 25, 50, 75, 100, 1000], (t) => 0.5 * (1 + Math.cos(Math.PI * Math.min(1, t / 100)))],
    ['cosine falls to its end after a warm-up', cosine({ steps: 100, warm_up_steps: 10, final: 0.2 }), [1, 5, 10, 50, 100, 101], (t) =>
      Math.min(1, t / 10) * (0.2 + 0.8 * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, t / 100))))],
  ])('%s', async (_, schedule, at, exact) => {
    ;(await factors(schedule, at)).forEach((value, i) => expect(value).toBeCloseTo(exact(at[i] as number), 5))
  })
})
