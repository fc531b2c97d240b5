/** What pyarrow reads while a stream goes on is what was emitted. */
import { expect, test } from 'vitest'
import { needs } from '../../needs.ts'
import { particles, rowsOf, xOf, type Row } from '../../streams/taps/particles.ts'
import { pythonLines, type Line } from './python.ts'
import { clientsOf, started, until, type World } from './world.ts'

needs('python')

/** Reads a stream batch by batch; prints its schema, then the rows of each batch as it comes, then the end. */
const READER = `
import json, sys, urllib.request
import pyarrow as pa
request = urllib.request.Request(sys.argv[1], headers=dict(header.split(': ') for header in sys.argv[2:]))
with urllib.request.urlopen(request) as response:
    with pa.ipc.open_stream(response) as reader:
        print(json.dumps({'schema': reader.schema.names, 'pipeline': reader.schema.metadata[b'heatbath.pipeline'].decode()}), flush=True)
        try:
            while True:
                batch, metadata = reader.read_next_batch_with_custom_metadata()
                batch.validate(full=True)
                print(json.dumps({'step': batch['step'].to_pylist(), 'chain': batch['chain'].to_pylist(), 'x': batch['x'].to_pylist(),
                                  'dropped': int(metadata[b'heatbath.dropped_batches']) if metadata else 0}), flush=True)
        except StopIteration:
            print(json.dumps({'end': True}), flush=True)
`

const rows = (lines: readonly Line[]): Row[] =>
  lines.flatMap(({ step = [], chain, x }) => (step as number[]).map((s, i) => ({ step: s, chain: (chain as number[])[i] as number, x: (x as number[])[i] as number })))

async function emit({ batches$ }: World, lines: readonly Line[], steps: number): Promise<void> {
  for (const batch of particles({ chains: 200, steps, steps_per_buffer: 16 })) {
    batches$.next(batch)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await until(() => lines.length > 1, 20_000) // it reads while the stream goes on
  for (const batch of particles({ chains: 200, steps: 1 })) batches$.next(batch)
  batches$.complete()
}

test('urllib and pyarrow.ipc.open_stream read every row, while the stream goes on', async () => {
  const world = await started({ token: '0123456789abcdef' })
  const { lines, exit } = pythonLines(READER, `${world.server.url}/streams/particles`, 'Authorization: Bearer 0123456789abcdef')
  await until(() => clientsOf(world) === 1, 20_000)
  await emit(world, lines, 300)
  expect(await exit).toBe(0)
  expect(lines[0]).toEqual({ schema: ['step', 'chain', 'x', 'energy'], pipeline: 'test' })
  expect(lines.at(-1)).toEqual({ end: true })
  expect(rows(lines)).toEqual([...particles({ chains: 200, steps: 300 }), ...particles({ chains: 200, steps: 1 })].flatMap(rowsOf))
})

test('a projection of some chains', async () => {
  const world = await started()
  const { lines, exit } = pythonLines(READER, `${world.server.url}/streams/particles?every=7&rows=5&columns=x,step,chain`, 'Accept: application/vnd.apache.arrow.stream')
  await until(() => clientsOf(world) === 1, 20_000)
  await emit(world, lines, 50)
  expect(await exit).toBe(0)
  expect(lines[0]?.schema).toEqual(['x', 'step', 'chain'])
  const got = rows(lines)
  expect([...new Set(got.map(({ step }) => step))]).toEqual([1, 8, 15, 22, 29, 36, 43, 50])
  expect(new Set(got.map(({ chain }) => chain)).size).toBe(5)
  for (const { step, chain, x } of got) expect(x).toBe(xOf(step, chain))
})
