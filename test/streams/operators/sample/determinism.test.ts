/** Particles depend on the declaration, the seed and the stream's name alone. */
import { afterAll, describe, expect, test } from 'vitest'
import { inlineExecutor, leaves, mapTree, streamKey, workerExecutor, zeros, type ArraySpec, type HostArray } from '../../../../src/engine/index.ts'
import { ringOfGaussians } from '../../../../src/models/energies/ring-of-gaussians.ts'
import { mlp } from '../../../../src/models/nets/mlp.ts'
import { geometric } from '../../../../src/models/noise/geometric.ts'
import { none } from '../../../../src/models/preconditioning/none.ts'
import { annealedLangevin } from '../../../../src/models/samplers/annealed-langevin.ts'
import { langevin } from '../../../../src/models/samplers/langevin.ts'
import { gaussianStart } from '../../../../src/models/starts/gaussian.ts'
import { defaultVariables } from '../../../../src/models/variables.ts'
import { Model } from '../../../../src/streams/model.ts'
import { blocksOf, costOfNet } from '../../../../src/streams/operators/sample/blocks.ts'
import { packed, Programs } from '../../../../src/streams/operators/sample/programs.ts'
import { sample, type SampleOptions } from '../../../../src/streams/operators/sample/sample.ts'
import { energySubject } from '../../../../src/streams/operators/sample/subject.ts'
import { needs } from '../../../needs.ts'
import { column, digests, gather } from './particles.ts'

needs('tensorflow')

const [inline, worker] = [inlineExecutor(), workerExecutor()]
afterAll(() => Promise.all([inline.close(), worker.close()]))

const energy = ringOfGaussians({})
const sampler = langevin({ step_size: 0.01 })
const run = async (options: Partial<SampleOptions> = {}) =>
  digests(await gather(sample(sampler, { energy, chains: 100, steps: 40, executor: inline, ...options } as SampleOptions)))

describe.each<[what: string, options: Partial<SampleOptions>]>([
  ['every step', {}], ['every third step after an odd burn-in', { every: 3, burn_in: 5 }], ['every step after an even burn-in', { burn_in: 4 }],
])('%s:', (_, options) => {
  test.each([1, 7, 64])('the particles are the same, bit for bit, with at most %i steps a call', async (max_steps_per_call) => {
    expect(await run({ ...options, max_steps_per_call })).toEqual(await run(options))
  })

  test('a worker and the calling thread give the same bits', async () => {
    expect(await run({ ...options, executor: worker })).toEqual(await run(options))
  })

  test('a second subscription gives the same bits, and so does another declaration of the same', async () => {
    const stream$ = sample(sampler, { energy, chains: 100, steps: 40, executor: inline, ...options } as SampleOptions)
    const [first, second] = [digests(await gather(stream$)), digests(await gather(stream$))]
    expect(second).toEqual(first)
    expect(digests(await gather(sample(langevin({ step_size: 0.01 }), { energy: ringOfGaussians({}), chains: 100, steps: 40, executor: inline, ...options } as SampleOptions)))).toEqual(first)
  })
})

describe('emission', () => {
  const reference = run({ steps: 60 })

  test.each([[1, 0], [1, 5], [1, 8], [2, 0], [2, 5], [3, 0], [3, 8], [10, 0], [10, 5]])('every %i steps after %i shows the states of those steps', async (every, burn_in) => {
    const shown = await run({ steps: 60 - burn_in, every, burn_in })
    const steps = Array.from({ length: 60 }, (_, i) => i + 1).filter((step) => step > burn_in && (step - burn_in) % every === 0)
    expect([...shown.keys()]).toEqual(steps)
    const all = await reference
    for (const step of steps) expect(shown.get(step), `step ${step}`).toBe(all.get(step))
  })
})

describe('random numbers', () => {
  test('differ between seeds and between streams, and nowhere else', async () => {
    const all = await Promise.all([run(), run({ seed: 0 }), run({ seed: 1 }), run({ stream: 'others' }), run({ stream: 'particles' })])
    const last = all.map((digest) => digest.get(40))
    expect(new Set(last).size).toBe(3)
    expect([last[1], last[4]]).toEqual([last[0], last[0]])
  })
})

describe('the number of chains', () => {
  test.each([1, 7, 64, 65, 100, 1000, 1024, 1025, 20000, 1e6])('%i are split into blocks that hold them all, and little more', (chains) => {
    for (const [dim, cost, multiple] of [[2, 'elementwise', 16], [784, 'products', 4], [784, 'large products', 4], [128, 'elementwise', 16]] as const) {
      const { size, lanes, groups } = blocksOf(chains, dim, cost)
      expect(size * lanes * groups).toBeGreaterThanOrEqual(chains)
      expect(size * lanes * groups - chains).toBeLessThan(multiple * lanes * groups)
      expect(size % multiple).toBe(0)
      expect(lanes).toBeLessThanOrEqual(16)
    }
  })

  test.each([['elementwise', 2], ['products', 2], ['large products', 1]] as const)('of 100 makes, where a step costs %s, %i blocks', (cost, blocks) => {
    expect(blocksOf(100, 2, cost)).toMatchObject({ lanes: blocks, groups: 1 })
  })

  test('is half as large in a block where a net is evaluated twice at once, unless its weights are large', () => {
    expect(blocksOf(1000, 784, 'products')).toEqual({ size: 168, lanes: 6, groups: 1 })
    expect(blocksOf(1000, 784, 'products', 2)).toEqual({ size: 80, lanes: 13, groups: 1 })
    expect(blocksOf(1000, 784, 'large products', 2)).toEqual(blocksOf(1000, 784, 'large products'))
    expect(blocksOf(100, 784, 'products', 2)).toEqual(blocksOf(100, 784, 'products'))
  })

  test('decides on nets by their size', () => {
    expect([2 ** 20, 2 ** 20 + 1].map(costOfNet)).toEqual(['products', 'large products'])
  })

  test.each([1, 7, 100, 1000, 20000])('%i give as many rows a step, in order of step and chain', async (chains) => {
    const batches = await gather(sample(sampler, { energy, chains, steps: 3, executor: inline }))
    expect(column(batches, 'chain')).toEqual(Array.from({ length: 3 * chains }, (_, i) => i % chains))
    expect(column(batches, 'step')).toEqual(Array.from({ length: 3 * chains }, (_, i) => 1 + Math.floor(i / chains)))
    for (const name of ['x0', 'x1', 'energy', 'score_norm']) expect(column(batches, name).every((value) => value !== null && Number.isFinite(value))).toBe(true)
  })

  test('does not change what a chain draws', async () => {
    const firsts = await Promise.all([7, 100, 1000, 20000].map(async (chains) => column(await gather(sample(sampler, { energy, chains, steps: 5, every: 5, executor: inline })), 'x0').slice(0, 7) as number[]))
    for (const values of firsts) values.forEach((value, i) => expect(value).toBeCloseTo(firsts[0]?.[i] as number, 4))
  })
})

test('blocks that run at once give the bits of blocks that run one after another', async () => {
  const [size, words] = [64, { start: streamKey(3, 'particles/start'), steps: streamKey(3, 'particles/steps') }]
  const states = async (lanes: number, groups: number): Promise<string[]> => {
    const shape = { blocks: { size, lanes, groups }, rows: 1, cadence: { after: 30, every: 1 }, burn_in: 30 }
    const programs = new Programs(inline, energySubject(energy, 1), undefined, { sampler, start: gaussianStart({}) }, shape)
    const program = await programs.burnIn()
    const particles = mapTree<unknown, ArraySpec>((spec) => zeros(spec), programs.particles)
    const moved: unknown[] = []
    for (let group = 0; group < groups; group++) {
      moved.push(...await program.run(Array.from({ length: lanes }, (_, lane) =>
        ({ call: packed({ ...words, first: (group * lanes + lane) * size, from: 0, to: 30, last: 30 }), parameters: undefined, particles }))))
    }
    return leaves<HostArray>(moved).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'))
  }
  const [together, apart] = [await states(4, 1), await states(1, 4)]
  expect(together).toHaveLength(4)
  expect(together).toEqual(apart)
})

describe('a model\'s particles', () => {
  const noise = geometric({ largest: 2, smallest: 0.1, levels: 4 })
  const model = (name = 'm'): Model => Model.create(name, { dim: 2, variables: defaultVariables(2), net: mlp({ width: 16 }), noise, preconditioning: none({}) }, 5)
  const annealed = annealedLangevin({ steps_per_level: 5 })
  const draw = async (options: Partial<SampleOptions> = {}) =>
    digests(await gather(sample(annealed, { model: model(), chains: 100, executor: inline, ...options } as SampleOptions)), ['level', 'x0', 'x1', 'score_norm'])

  test.each([1, 3])('are the same with at most %i steps a call, and on a worker', async (max_steps_per_call) => {
    const reference = await draw()
    expect(await draw({ max_steps_per_call })).toEqual(reference)
    expect(await draw({ max_steps_per_call, executor: worker })).toEqual(reference)
  })

  test('are the same where several streams of one model start at once', async () => {
    const [one, reference] = [model(), await draw()]
    expect(await Promise.all([draw({ model: one } as Partial<SampleOptions>), draw({ model: one } as Partial<SampleOptions>)])).toEqual([reference, reference])
  })

  test('are others for a model of another name, which starts from other parameters', async () => {
    expect(await draw({ model: model('another') } as Partial<SampleOptions>)).not.toEqual(await draw())
  })
})
