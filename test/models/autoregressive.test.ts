/** Autoregressive models: Z = 1, causal conditionals, states, what is no state. */
import { describe, expect, test } from 'vitest'
import type { HostArray } from '../../src/engine/index.ts'
import { tf, type Tensor2D } from '../../src/engine/tf.ts'
import { modelTarget, type ModelSpec } from '../../src/models/model.ts'
import { made, type MaskedParameters } from '../../src/models/nets/made.ts'
import { compiled } from '../engine/both.ts'
import { needs } from '../needs.ts'
import { energiesOf, parametersOf, rowsOf, sequencesOf, specOf } from './sequences.ts'

needs('tensorflow')

const STATES: readonly (readonly number[])[] = [[3, 3, 3, 3, 3], [2, 4, 3, 3, 2], [1, 3, 1, 4], [5]]

describe.each(STATES.map((states) => [states.join('·'), states] as const))('of %s states', (_, states) => {
  const [spec, sequences] = [specOf(states), sequencesOf(states)]

  test.each([1, 2, 3])('Z = 1 with random parameters: seed %i', async (seed) => {
    const energies = await energiesOf(spec, parametersOf(spec, seed), sequences)
    expect(Math.abs(energies.reduce((sum, energy) => sum + Math.exp(-energy), 0) - 1)).toBeLessThan(1e-6)
    if (sequences.length > 20) expect(Math.max(...energies) - Math.min(...energies)).toBeGreaterThan(1) // no trivial law
  })

  test('what is no state has no probability', async () => {
    const outside = sequences.slice(0, 3).flatMap((x) => x.map((__, l) => x.map((state, i) => (i === l ? (states[l] as number) : state))))
    for (const energy of await energiesOf(spec, parametersOf(spec, 1), [...outside, states.map(() => 0.5), states.map(() => -1)])) expect(Math.exp(-energy)).toBe(0)
  })
})

describe('logits of a coordinate depend on those before it alone', () => {
  const states = [2, 4, 3, 3, 2]
  const firstOf = states.flatMap((count, l) => new Array<number>(count).fill(l))

  /** For each coordinate of x, the coordinates whose logits its change moves. */
  async function moved(net: ModelSpec['net'], parameters: unknown): Promise<Set<number>[]> {
    const oneHot = (x: readonly number[]): number[] => x.flatMap((state, l) => Array.from({ length: states[l] as number }, (_, k) => Number(k === state)))
    const start = states.map(() => 0)
    const rows = [start, ...states.map((_, l) => start.map((state, i) => (i === l ? 1 : state)))].map(oneHot)
    const { data } = await compiled<HostArray>(({ p, x }: { p: unknown; x: Tensor2D }) => net.apply(p, x, { noise: tf.zeros([x.shape[0]]) }), { p: parameters, x: rowsOf(rows) })
    const size = firstOf.length
    return states.map((_, l) => new Set(firstOf.filter((__, i) => data[i] !== data[(l + 1) * size + i])))
  }

  test('and on all of them', async () => {
    const spec = specOf(states)
    expect((await moved(spec.net, parametersOf(spec, 1))).map((set) => [...set])).toEqual([[1, 2, 3, 4], [2, 3, 4], [3, 4], [4], []])
  })

  test('which a net without its masks does not', async () => {
    const spec = specOf(states)
    const open = { ...spec.net, apply: (p, x) => tf.matMul(x, (p as MaskedParameters).direct) } satisfies ModelSpec['net']
    expect((await moved(open, parametersOf(spec, 1))).map(({ size }) => size)).not.toEqual([4, 3, 2, 1, 0])
  })
})

test('as a target it has states, and is drawn from at temperature 1 alone', () => {
  const spec = specOf([2, 4, 3])
  const [warm, hot] = [modelTarget(spec, undefined), modelTarget(spec, undefined, 2)]
  expect([warm.discrete?.values, hot.discrete?.values]).toEqual([[0, 1, 2, 3], [0, 1, 2, 3]])
  expect([warm.draw, warm.discrete?.ancestral].map((draw) => typeof draw)).toEqual(['function', 'function'])
  expect([hot.draw, hot.discrete?.ancestral]).toEqual([undefined, undefined])
})

describe('states', () => {
  test('are those of the data, where they are left to them', () => {
    const data = { dim: 2, mean: 0, sd: 1, largest_distance: 1 }
    expect(made({}).resolve?.({ ...data, states: [2, 3] }).states).toEqual([2, 3])
    expect(made({ states: [4] }).resolve?.({ ...data, states: [2, 3] }).states).toEqual([4])
    expect(() => made({}).states).toThrow(expect.objectContaining({ code: 'config_unresolved' }))
    expect(() => made({}).resolve?.(data)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })
})
