/** Counting what passes between operators: right, and without any effect on what passes. */
import type { RecordBatch } from 'apache-arrow'
import { lastValueFrom, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { eagerExecutor } from '../../src/engine/index.ts'
import { Build } from '../../src/pipelines/build.ts'
import { lint } from '../../src/pipelines/lint.ts'
import { Meter } from '../../src/pipelines/meter.ts'

const PIPELINE = `name: m
seed: 3
models:
  a: { net: { mlp: { width: 8, layers: 1 } }, noise: { geometric: { largest: 4, smallest: 0.1, levels: 4 } } }
streams:
  data: { source: { two_moons: { rows: 1000 } }, through: [{ rebatch: { rows: 100 } }] }
  training:
    from: data
    through:
      - rebatch: { rows: 50 }
      - perturb: { model: a }
      - loss: { model: a, denoising_score_matching: {} }
      - optimize: { model: a, adam: { learning_rate: 0.01 } }
outputs:
  - { from: data, console: {} }
`

async function losses(meter?: Meter): Promise<number[]> {
  const { declaration } = await lint(PIPELINE)
  if (declaration === undefined) throw new Error('the pipeline is wrong')
  const build = new Build(declaration, {
    executor: eagerExecutor(), folder: '.', stop: new AbortController().signal, origin: {}, load: () => Promise.reject(new Error('no model is loaded')),
    ...(meter === undefined ? {} : { meter }),
  })
  await build.prepare()
  const streams = build.streams(['data', 'training'])
  const batches = lastValueFrom((streams.get('training')?.stream$ as NonNullable<ReturnType<typeof streams.get>>['stream$']).pipe(toArray()))
  for (const name of ['training', 'data']) streams.get(name)?.connect()
  return (await batches as RecordBatch[]).flatMap((batch) => [...batch.getChild('loss') as Iterable<number>])
}

test('each part is counted, a loop at its end; the losses are the same bit for bit', async () => {
  const meter = new Meter()
  const counted = await losses(meter)
  expect(counted).toHaveLength(20)
  expect(counted).toEqual(await losses())
  const { data, training } = meter.counts()
  expect(data?.map((count) => count?.rows)).toEqual([1000, 1000])
  expect(data?.[1]?.batches).toBe(10)
  expect(training?.map((count) => count?.rows)).toEqual([1000, 1000, undefined, undefined, 20])
  expect(training?.slice(2, 4)).toEqual([null, null])
})
