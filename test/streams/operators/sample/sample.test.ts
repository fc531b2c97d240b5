/** Particle streams: what their batches hold, how they fail, and that they leave nothing behind. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DataType, type RecordBatch } from 'apache-arrow'
import { firstValueFrom, lastValueFrom, take, tap, toArray } from 'rxjs'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { inlineExecutor, workerExecutor } from '../../../../src/engine/index.ts'
import { tf, type Tensor1D } from '../../../../src/engine/tf.ts'
import type { Energy } from '../../../../src/models/energies/contract.ts'
import { doubleWell } from '../../../../src/models/energies/double-well.ts'
import { gamma } from '../../../../src/models/energies/gamma.ts'
import { gaussian } from '../../../../src/models/energies/gaussian.ts'
import { ringOfGaussians } from '../../../../src/models/energies/ring-of-gaussians.ts'
import { mlp } from '../../../../src/models/nets/mlp.ts'
import { geometric } from '../../../../src/models/noise/geometric.ts'
import { none } from '../../../../src/models/preconditioning/none.ts'
import { annealedLangevin } from '../../../../src/models/samplers/annealed-langevin.ts'
import type { Sampler } from '../../../../src/models/samplers/contract.ts'
import { ddim } from '../../../../src/models/samplers/ddim.ts'
import { langevin } from '../../../../src/models/samplers/langevin.ts'
import { randomWalk } from '../../../../src/models/samplers/random-walk.ts'
import { smc } from '../../../../src/models/samplers/smc.ts'
import { exactStart } from '../../../../src/models/starts/exact.ts'
import { gaussianStart } from '../../../../src/models/starts/gaussian.ts'
import { uniformStart } from '../../../../src/models/starts/uniform.ts'
import { defaultVariables } from '../../../../src/models/variables.ts'
import { Model } from '../../../../src/streams/model.ts'
import { sample, type SampleOptions } from '../../../../src/streams/operators/sample/sample.ts'
import type { Declared } from '../../../../src/unit.ts'
import { needs } from '../../../needs.ts'
import { column, counted, gather } from './particles.ts'

needs('tensorflow')

const executors = { inline: inlineExecutor(), worker: workerExecutor() }
afterAll(() => Promise.all(Object.values(executors).map((executor) => executor.close())))

const run = (options: Partial<SampleOptions> & { sampler?: Declared<Sampler> }): Promise<RecordBatch[]> =>
  gather(sample(options.sampler ?? langevin({ step_size: 0.01 }), { energy: ringOfGaussians({}), chains: 10, steps: 3, executor: executors.inline, ...options } as SampleOptions))

const fieldsOf = ([batch]: readonly RecordBatch[]): string[] => (batch as RecordBatch).schema.fields.map(({ name, type, nullable }) => `${name}: ${type}${nullable ? '?' : ''}`)

const model = Model.create('scores', { dim: 2, variables: defaultVariables(2), net: mlp({ width: 8 }), noise: geometric({ largest: 2, smallest: 0.1, levels: 3 }), preconditioning: none({}) })

describe('a batch', () => {
  test('has the columns of the law, and says where it comes from', async () => {
    const batches = await run({ origin: { version: '1.2', run_id: 'x' } })
    expect(fieldsOf(batches)).toEqual([
      'step: Uint64', 'chain: Uint32', 'level: Uint16?', 'temperature: Float32', 'x0: Float32', 'x1: Float32', 'energy: Float32?', 'score_norm: Float32?',
      'is_accepted: Bool?', 'is_divergent: Bool',
    ])
    expect(batches).toHaveLength(3)
    expect(Object.fromEntries((batches[0] as RecordBatch).schema.metadata)).toEqual({ 'heatbath.version': '1.2', 'heatbath.run_id': 'x' })
  })

  test('of an energy has its energy, the norm of its score, and neither level nor acceptance', async () => {
    const batches = await run({ energy: gaussian({ dim: 2, scale: 2 }), temperature: 4, chains: 50, steps: 2 })
    const [x0, x1, energy, norm] = ['x0', 'x1', 'energy', 'score_norm'].map((name) => column(batches, name) as number[]) as [number[], number[], number[], number[]]
    energy.forEach((value, i) => {
      const square = (x0[i] as number) ** 2 + (x1[i] as number) ** 2
      expect(value).toBeCloseTo(square / 8, 4)
      expect(norm[i]).toBeCloseTo(Math.sqrt(square) / 4 / 4, 5) // |∇E|/τ
    })
    expect(new Set(column(batches, 'temperature'))).toEqual(new Set([4]))
    expect(new Set([...column(batches, 'level'), ...column(batches, 'is_accepted')])).toEqual(new Set([null]))
    expect(new Set(column(batches, 'is_divergent'))).toEqual(new Set([0]))
  })

  test('of a model of scores has levels and no energy; the sampler says how many steps', async () => {
    const batches = await run({ model, energy: undefined, sampler: annealedLangevin({ steps_per_level: 2 }), steps: undefined } as never)
    expect(batches).toHaveLength(3 * 2 + 1)
    expect(batches.map((batch) => batch.getChild('level')?.get(0))).toEqual([0, 0, 1, 1, 2, 2, 2])
    expect(new Set(column(batches, 'energy'))).toEqual(new Set([null]))
    expect(column(batches, 'score_norm').every((value) => (value as number) > 0)).toBe(true)
  })

  test('of more than 16 coordinates has them in one list', async () => {
    const batches = await run({ energy: gaussian({ dim: 17, scale: 2 }), start: gaussianStart({ mean: 3, scale: 0 }), steps: 1 })
    expect(fieldsOf(batches)[4]).toBe('x: FixedSizeList[17]<Float32>')
    const lists = batches[0]?.getChild('x')
    const energies = column(batches, 'energy') as number[]
    energies.forEach((energy, i) => {
      const list = Array.from(lists?.get(i).toArray() as Float32Array)
      expect(list).toHaveLength(17)
      expect(list.reduce((sum, v) => sum + (v * v) / 8, 0)).toBeCloseTo(energy, 3)
    })
  })

  test('has the names and shapes that the energy gives its variables', async () => {
    const energy: Energy = {
      dim: 7,
      variables: [{ name: 'image', shape: [2, 2] }, { name: 'tilt' }, { name: 'place', shape: [2] }],
      energy: (x) => tf.sum(tf.square(tf.sub(x, tf.reshape(tf.range(0, 7), [7, 1]))), 0) as Tensor1D,
    }
    const batches = await run({ energy, sampler: langevin({ step_size: 1e-12 }), start: gaussianStart({ scale: 0 }), chains: 3, steps: 2, every: 2 })
    expect(fieldsOf(batches).slice(4, 7)).toEqual(['image: FixedSizeList[4]<Float32>', 'tilt: Float32', 'place: FixedSizeList[2]<Float32>'])
    const image = (batches[0] as RecordBatch).schema.fields[4]
    expect(image?.metadata.get('heatbath.shape')).toBe('[2,2]')
    expect(DataType.isFixedSizeList(image?.type)).toBe(true)
    const moved = await run({ energy, sampler: langevin({ step_size: 0.5 }), start: gaussianStart({ scale: 0 }), chains: 20_000, steps: 1 })
    const mean = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
    const places = Array.from({ length: moved[0]?.numRows as number }, (_, i) => Array.from(moved[0]?.getChild('place')?.get(i).toArray() as Float32Array))
    expect(mean(column(moved, 'tilt') as number[])).toBeCloseTo(4, 1) // one step of ½ from 0 along 2 (m − x) reaches the mean
    expect(mean(places.map(([v]) => v as number))).toBeCloseTo(5, 1)
  })

  test('starts where the declaration says', async () => {
    const first = async (start: SampleOptions['start']): Promise<number[]> =>
      column(await run({ ...(start === undefined ? {} : { start }), sampler: langevin({ step_size: 1e-10 }), chains: 5000, steps: 1 }), 'x0') as number[]
    const uniform = await first(uniformStart({ low: 3, high: 5 }))
    expect(Math.min(...uniform)).toBeGreaterThan(2.999)
    expect(Math.max(...uniform)).toBeLessThan(5.001)
    const spread = Math.sqrt((await first(undefined)).reduce((sum, v) => sum + v * v, 0) / 5000)
    expect(spread).toBeCloseTo(1, 1)
  })
})

describe('chains that diverge', () => {
  test('all of them, end the stream with sampler_diverged, naming stream and step', async () => {
    const stream$ = sample(langevin({ step_size: 5 }), { energy: doubleWell({}), chains: 10, steps: 200, stream: 'wild', executor: executors.inline })
    const shown: RecordBatch[] = []
    const error = await lastValueFrom(stream$.pipe(tap((batch) => shown.push(batch)))).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'sampler_diverged', details: { chains: 10, stream: 'wild' } })
    const { step } = (error as { details: { step: number } }).details
    expect(shown).toHaveLength(step - 1)
    expect(column(shown.slice(0, 1), 'is_divergent')).toEqual(new Array(10).fill(0))
  })

  test('some of them, are marked, and the others go on', async () => {
    const batches = await run({ energy: doubleWell({}), sampler: langevin({ step_size: 0.01 }), start: gaussianStart({ scale: 3 }), chains: 200, steps: 50 })
    expect(batches).toHaveLength(50)
    const last = batches.slice(-1)
    const [flags, x, energy, norm] = ['is_divergent', 'x0', 'energy', 'score_norm'].map((name) => column(last, name) as number[]) as [number[], number[], number[], number[]]
    const divergent = flags.filter((flag) => flag === 1).length
    expect(divergent).toBeGreaterThan(5)
    expect(divergent).toBeLessThan(60)
    flags.forEach((flag, i) => {
      expect(Number.isFinite(energy[i]) && Number.isFinite(norm[i])).toBe(flag === 0)
      if (flag === 0) expect(Math.abs(x[i] as number)).toBeLessThan(4)
    })
  })
})

describe('a declaration that cannot be', () => {
  test.each<[what: string, options: Partial<SampleOptions> & { sampler?: Declared<Sampler> }, code: string, words: RegExp]>([
    ['annealing of an energy', { sampler: annealedLangevin({}) }, 'sampler_needs', /annealed_langevin needs a model over noise levels.*ring_of_gaussians/],
    ['a reversal of the noising at another temperature', { energy: undefined as never, model, temperature: 2, sampler: ddim({}) }, 'sampler_needs', /ddim needs temperature 1, which .*scores at temperature 2/],
    ['a burn-in before steps of its own', { energy: undefined as never, model, steps: undefined as never, burn_in: 3, sampler: ddim({}) }, 'config_invalid', /burn_in: ddim has a number of steps of its own/],
    ['a start of particles that draw their own', { sampler: smc({ levels: 2 }, { sampler: randomWalk({}) }), start: gaussianStart({}) }, 'sampler_start', /^smc draws its own start/],
    ['a variable with the name of a column', { energy: { ...gaussian({ dim: 2 }), variables: [{ name: 'x' }, { name: 'chain' }] } }, 'data_column', /^column chain has the name of another column/],
    ['fewer steps than lie between two that are emitted', { steps: 4, every: 5 }, 'config_invalid', /every: of 4 steps, one in 5 is none/],
    ['a start at draws that are not to be had', { energy: gamma({}), temperature: 2, start: exactStart({}) }, 'start_unknown', /^gamma has no independent draws at temperature 2/],
    ['no number of steps', { steps: undefined } as never, 'config_invalid', /langevin needs a number of steps/],
  ])('%s ends the stream with an error', async (_, options, code, words) => {
    await expect(run(options)).rejects.toMatchObject({ code, message: expect.stringMatching(words) })
  })
})

describe.each(['inline', 'worker'] as const)('on the %s executor,', (kind) => {
  const declare = (executor: ReturnType<typeof counted>, options: Partial<SampleOptions> = {}) =>
    sample(langevin({ step_size: 0.01 }), { energy: ringOfGaussians({}), chains: 100, steps: 1_000_000, executor, max_steps_per_call: 50, ...options } as SampleOptions)

  test('unsubscribing in the middle releases every kept array', async () => {
    const executor = counted(executors[kind])
    await firstValueFrom(declare(executor).pipe(take(7), toArray()))
    await vi.waitFor(() => expect([...executor.kept]).toEqual([]))
  })

  test('computes no more than was asked for, and the call under way', async () => {
    const executor = counted(executors[kind])
    await firstValueFrom(declare(executor).pipe(take(120), toArray()))
    const { runs } = executor
    expect(runs).toBeLessThan(15) // a start, a few short calls to learn the speed, then 50 steps each
    await sleep(100)
    expect(executor.runs).toBeLessThanOrEqual(runs + 1)
  })

  test('a stream that ends, or fails, releases every kept array', async () => {
    const executor = counted(executors[kind])
    await gather(declare(executor, { steps: 20 }))
    await vi.waitFor(() => expect([...executor.kept]).toEqual([]))
    await gather(sample(langevin({ step_size: 5 }), { energy: doubleWell({}), chains: 10, steps: 200, executor })).catch(() => undefined)
    await vi.waitFor(() => expect([...executor.kept]).toEqual([]))
  })

  test('a second subscription, and other seeds and streams, compile nothing', async () => {
    const executor = counted(executors[kind])
    const energy = ringOfGaussians({})
    const stream$ = declare(executor, { energy, steps: 20, burn_in: 3 })
    await gather(stream$)
    const { loads } = executor
    expect(loads).toBe(2) // burn-in, emission
    await gather(stream$)
    await gather(declare(executor, { energy, steps: 20, burn_in: 3, seed: 5, stream: 'others' }))
    expect(executor.loads).toBe(loads)
  })

  test('an abort of `stop` ends the stream, and what was computed is emitted', async () => {
    const executor = counted(executors[kind])
    const stop = new AbortController()
    const batches = await gather(declare(executor, { stop: stop.signal }).pipe(tap((batch) => {
      if (Number(batch.getChild('step')?.get(0)) === 60) stop.abort()
    })))
    expect(batches.length).toBeGreaterThanOrEqual(60)
    expect(batches.length).toBeLessThanOrEqual(250) // the call under way, and the one ahead
    expect(column(batches, 'step').at(-1)).toBe(batches.length)
    await vi.waitFor(() => expect([...executor.kept]).toEqual([]))
  })
})

test('nothing is computed before somebody subscribes', () => {
  const executor = counted(executors.inline)
  sample(langevin({ step_size: 0.01 }), { energy: ringOfGaussians({}), chains: 10, steps: 10, executor })
  expect([executor.loads, executor.runs]).toEqual([0, 0])
})

test('memory does not grow with the number of steps', async () => {
  const stream$ = sample(langevin({ step_size: 0.01 }), { energy: ringOfGaussians({}), chains: 100, steps: 20_000, every: 10, executor: executors.inline })
  let [rows, early] = [0, 0]
  await lastValueFrom(stream$.pipe(tap(() => {
    if (++rows === 500) early = process.memoryUsage().rss
  })))
  expect(rows).toBe(2000)
  expect((process.memoryUsage().rss - early) / 2 ** 20).toBeLessThan(60)
})
