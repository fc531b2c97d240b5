/** Sampling that ends when its goals are met. */
import type { RecordBatch } from 'apache-arrow'
import { of } from 'rxjs'
import { afterAll, expect, test } from 'vitest'
import { inlineExecutor } from '../../../../src/engine/index.ts'
import { gaussian } from '../../../../src/models/energies/gaussian.ts'
import { mala } from '../../../../src/models/samplers/mala.ts'
import { diagnose } from '../../../../src/streams/operators/diagnose.ts'
import { sample } from '../../../../src/streams/operators/sample/sample.ts'
import type { Until } from '../../../../src/streams/operators/sample/until.ts'
import { collected, objectsOf } from '../../batches.ts'
import { column } from './particles.ts'

const executor = inlineExecutor()
afterAll(() => executor.close())

const CHAINS = 16
const MOST = 3000

const drawn = async (until: Until | undefined, options: object = {}): Promise<RecordBatch[]> =>
  collected(sample(mala({ step_size: 0.5 }), { energy: gaussian({ dim: 2 }), chains: CHAINS, steps: MOST, burn_in: 20, seed: 5, executor, ...(until && { until }), ...options }))

const lastStep = (batches: readonly RecordBatch[]): number => Number((column(batches, 'step') as unknown[]).at(-1)) - 20

test('it ends at the first look that finds the goals met, and not at the look before', async () => {
  const batches = await drawn({ r_hat: 1.01, ess_bulk: 4000, ess_tail: 2000, every: 50 })
  const end = lastStep(batches)
  expect([end % 50, end < MOST]).toEqual([0, true])
  const health = objectsOf(await collected(of(...batches).pipe(diagnose(50)))) as { step: bigint; r_hat: number; ess_bulk: number; ess_tail: number }[]
  const isMet = ({ r_hat, ess_bulk, ess_tail }: (typeof health)[number]): boolean => r_hat <= 1.01 && ess_bulk >= 4000 && ess_tail >= 2000
  const looks = [...new Set(health.map(({ step }) => Number.parseInt(String(step)) - 20))]
  expect(looks.filter((look) => health.filter(({ step }) => Number.parseInt(String(step)) - 20 === look).every(isMet))).toEqual([end])
})

test('whatever a call computes at once', async () => {
  const until = { ess_bulk: 2000, every: 7 }
  const ends = await Promise.all([1, 7, 64].map(async (max_steps_per_call) => lastStep(await drawn(until, { max_steps_per_call }))))
  expect(new Set(ends).size).toBe(1)
})

test('goals that are not met end with the last step', async () => {
  expect(lastStep(await drawn({ ess_bulk: 1e9 }, { steps: 300 }))).toBe(300)
})

test('no goal is an error', async () => {
  await expect(drawn({})).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringContaining('a goal is missing') as string })
})

test('nor can one chain agree with others', async () => {
  await expect(drawn({ r_hat: 1.01 }, { chains: 1 })).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringContaining('r_hat compares chains, and there is one') as string })
  expect(lastStep(await drawn({ ess_bulk: 50, every: 20 }, { chains: 1 }))).toBeLessThan(MOST)
})
