/** Samples of a model while it is trained. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { expect, test } from 'vitest'
import { lint } from '../../src/pipelines/lint.ts'
import { points } from './faults/good.ts'
import { attempt, resumed, type Attempt, type Outcome } from './faults/world.ts'

type Changes = readonly (readonly [from: string, to: string])[]

const FOLLOW = ['    sample: { model: points, sampler: { annealed_langevin: { steps_per_level: 2 } }, chains: 10 }',
  '    sample: { model: points, follow: { every: 10 }, sampler: { annealed_langevin: { steps_per_level: 2 } }, chains: 10, every: 3 }'] as const
const LONG = ['epochs: 2', 'epochs: 10'] as const // 40 updates
const following = (...changes: Changes): string => points(LONG, FOLLOW, ...changes)

const file = ({ out }: Outcome): Buffer => readFileSync(path.join(out, 'samples.arrows'))
const column = (outcome: Outcome, name: string): number[] => [...tableFromIPC(file(outcome)).getChild(name) as Iterable<bigint>].map(Number)
/** Steps of a snapshot: four levels of two each, and the last that takes the noise away. */
const STEPS = 9

test('every so many updates, steps counted on, and the last like those of the model that is written', async () => {
  const run = await attempt({ yaml: following() })
  expect(run.error).toBeUndefined()
  const versions = column(run, 'version')
  expect([...new Set(versions)]).toEqual([10, 20, 30, 40])
  expect([...new Set(column(run, 'step'))]).toEqual([1, 2, 3, 4].flatMap((snapshot) => [3, 6, 9].map((step) => (snapshot - 1) * STEPS + step)))
  const after = await attempt({ yaml: points(LONG, ['chains: 10 }', 'chains: 10, every: 3 }']) })
  const last = (outcome: Outcome): number[] => [...tableFromIPC(file(outcome)).getChild('x0') as Iterable<number>].slice(-10)
  expect(last(run)).toEqual(last(after))
})

test('training is the same, followed or not, whatever a call computes', async () => {
  const [run, alone] = [await attempt({ yaml: following() }), await attempt({ yaml: points(LONG) })]
  const model = ({ out }: Outcome): Buffer => readFileSync(path.join(out, 'points.safetensors'))
  expect(model(run).equals(model(alone))).toBe(true)
})

test('a run that was stopped and goes on has the snapshots of an undisturbed one', async () => {
  const stop = new AbortController()
  let rows = 0
  const options = { stop: stop.signal, watch: (name: string, batches$: { subscribe(next: (batch: { numRows: number }) => void): unknown }) => void (name === 'samples' && batches$.subscribe((batch) => (rows += batch.numRows) > 40 && stop.abort())) }
  const first = await attempt({ yaml: following(), options } as unknown as Attempt)
  expect(first.summary?.status).toBe('stopped')
  const second = await resumed(first)
  expect([second.error, file(second).equals(file(await attempt({ yaml: following() })))]).toEqual([undefined, true])
})

test.each<[string, Changes, string]>([
  ['an energy', [['model: points, follow', 'energy: { double_well: { dim: 2 } }, steps: 5, follow'], ['annealed_langevin: { steps_per_level: 2 }', 'langevin: { step_size: 0.1 }']], 'only a model is followed'],
  ['a model that nobody trains', [['      - optimize: { model: points, adam: { learning_rate: 0.01 } }\n', '']], 'no stream trains points'],
])('%s is not followed', async (_, changes, message) => {
  const { issues } = await lint(following(...changes))
  expect(issues.map((issue) => issue.message).join('; ')).toContain(message)
})
