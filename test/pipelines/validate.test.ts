/** Held-out rows beside training, and training that ends by them. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { expect, test } from 'vitest'
import { lint } from '../../src/pipelines/lint.ts'
import { points } from './faults/good.ts'
import { attempt, resumed, type Attempt, type Outcome } from './faults/world.ts'

type Changes = readonly (readonly [from: string, to: string])[]

const HELD_OUT = ['  samples:\n', `  held_out:
    source: { two_moons: { rows: 300, noise: 0.3 } }
    through: [{ validate: { model: points, denoising_score_matching: {}, every: 8 } }]
  samples:
`] as const
const OUTPUT = ['outputs:\n', 'outputs:\n  - { from: held_out, arrow_file: { path: held_out.arrows } }\n'] as const
const validating = (...changes: Changes): string => points(['epochs: 2', 'epochs: 20'], HELD_OUT, OUTPUT, ...changes) // 80 updates

const table = ({ out }: Outcome) => tableFromIPC(readFileSync(path.join(out, 'held_out.arrows')))
const column = (outcome: Outcome, name: string): number[] => [...table(outcome).getChild(name) as Iterable<unknown>].map(Number)
const model = ({ out }: Outcome): Buffer => readFileSync(path.join(out, 'points.safetensors'))

test('a look after every so many updates; the loss falls; training is the same', async () => {
  const run = await attempt({ yaml: validating() })
  expect([run.error, column(run, 'step')]).toEqual([undefined, [8, 16, 24, 32, 40, 48, 56, 64, 72, 80]])
  const losses = column(run, 'loss')
  expect(losses.at(-1)).toBeLessThan(losses[0] as number)
  expect(column(run, 'lowest_loss')).toEqual(losses.map((_, i) => Math.min(...losses.slice(0, i + 1))))
  expect(column(run, 'is_lowest')).toEqual(losses.map((loss, i) => (losses.slice(0, i).every((before) => loss < before) ? 1 : 0)))
  const alone = await attempt({ yaml: points(['epochs: 2', 'epochs: 20']) })
  expect(model(run).equals(model(alone))).toBe(true)
})

test('training ends when the loss falls no more, and the model is that of the lowest', async () => {
  // a rate so high that the loss soon wanders; 2000 updates if nobody ended it
  const run = await attempt({ yaml: validating(['epochs: 20', 'epochs: 500'], ['learning_rate: 0.01', 'learning_rate: 0.3'], ['every: 8', 'every: 8, patience: 3']) })
  expect(run.error).toBeUndefined()
  const [steps, losses] = [column(run, 'step'), column(run, 'loss')]
  const best = losses.indexOf(Math.min(...losses))
  expect([losses.length - 1 - best, steps.at(-1)]).toEqual([3, 8 * losses.length])
  expect(steps.at(-1)).toBeLessThan(2000)
  expect(run.manifest?.models).toEqual({ points: { version: steps[best] } })
  const upToBest = await attempt({ yaml: points(['epochs: 2', `epochs: ${(steps[best] as number) / 4}`], ['learning_rate: 0.01', 'learning_rate: 0.3']) })
  expect(model(run).equals(model(upToBest))).toBe(true)
})

test('a run that was stopped and goes on has the looks of an undisturbed one', async () => {
  const stop = new AbortController()
  const options = { stop: stop.signal, watch: (name: string, batches$: { subscribe(next: () => void): unknown }) => void (name === 'held_out' && batches$.subscribe(() => stop.abort())) }
  const first = await attempt({ yaml: validating(), options } as unknown as Attempt)
  expect(first.summary?.status).toBe('stopped')
  const second = await resumed(first)
  expect([second.error, column(second, 'loss')]).toEqual([undefined, column(await attempt({ yaml: validating() }), 'loss')])
})

test.each<[string, Changes, string]>([
  ['a model that no stream trains', [['      - optimize: { model: points, adam: { learning_rate: 0.01 } }\n', '']], 'no other stream trains points'],
  ['a loss of negatives', [['model: points, denoising_score_matching: {}, every', 'model: points, maximum_likelihood: {}, every']], 'reads negatives'],
])('%s', async (_, changes, message) => {
  const { issues } = await lint(validating(...changes))
  expect(issues.map((issue) => issue.message).join('; ')).toContain(message)
})

test('rows that are not there are an error, and nothing hangs', async () => {
  const run = await attempt({ yaml: validating(['{ two_moons: { rows: 300, noise: 0.3 } }', '{ sql: { query: "SELECT 1.0 AS x0, 2.0 AS x1 WHERE false" } }']) })
  expect(run.error).toMatchObject({ code: 'data_empty' })
})
