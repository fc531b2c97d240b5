/** What the server tells of the pipeline, and the energy under its particles. */
import type { RecordBatch } from 'apache-arrow'
import { of, lastValueFrom, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import type { GraphAnswer } from '../../../src/interfaces/server/index.ts'
import { Meter } from '../../../src/pipelines/meter.ts'
import { particles } from '../../streams/taps/particles.ts'
import { arrowBatches, ask, ring, started } from './world.ts'

test('/graph has the graph, lengths, landscapes, and counts as they are', async () => {
  const meter = new Meter()
  const { port } = await started({ pipeline: await ring(meter) })
  const batches = [...particles({ chains: 5, steps: 3 })]
  expect(await lastValueFrom(of(...batches).pipe(meter.counted('health', 1), toArray()))).toEqual(batches)
  const answer = (await ask(port, '/graph')).json as unknown as GraphAnswer
  expect(answer).toMatchObject({
    name: 'ring', seed: 1, phases: [{ streams: ['particles', 'health'] }], expected: { particles: { steps: 120 }, health: { steps: 120 } },
    landscapes: ['particles', 'health'], counts: { health: [null, { rows: 15, batches: 3 }] },
  })
  expect(answer.streams.map(({ name }) => name)).toEqual(['particles', 'health'])
})

test('without a pipeline there is no graph and no landscape', async () => {
  const { port } = await started()
  expect(await ask(port, '/graph')).toMatchObject({ status: 404, json: { code: 'server_graph_missing' } })
  expect(await ask(port, '/streams/particles/landscape?x=0,1&y=0,1')).toMatchObject({ status: 404, json: { code: 'server_landscape_missing' } })
})

/** E of the ring: −log of an equal mixture of eight Gaussians. */
function energyAt(x: number, y: number): number {
  const density = Array.from({ length: 8 }, (_, k) => {
    const [dx, dy] = [x - 4 * Math.cos((2 * Math.PI * k) / 8), y - 4 * Math.sin((2 * Math.PI * k) / 8)]
    return Math.exp(-(dx * dx + dy * dy) / (2 * 0.25)) / (2 * Math.PI * 0.25 * 8)
  }).reduce((sum, one) => sum + one)
  return -Math.log(density)
}

const columns = (batch: RecordBatch): Float32Array[] => batch.schema.names.map((name) => batch.getChild(name as string)?.toArray() as Float32Array)

test('a landscape is the energy itself, on a grid over a box that holds the one asked for', async () => {
  const { server } = await started({ pipeline: await ring() })
  const [grid] = await arrowBatches(`${server.url}/streams/particles/landscape?x=-5.1,5.3&y=-4.9,6&format=arrow`)
  if (grid === undefined) throw new Error('no grid')
  expect(grid.schema.names).toEqual(['x0', 'x1', 'energy'])
  expect(Object.fromEntries(grid.schema.metadata)).toEqual({ 'heatbath.temperature': '2', 'heatbath.shape': '[128,128]' })
  expect(grid.numRows).toBe(128 * 128)
  const [x, y, energy] = columns(grid) as [Float32Array, Float32Array, Float32Array]
  expect([x[0], x[127], y[0], y[128 * 128 - 1]]).toEqual([-6, 6, -6, 6])
  expect([x[1], y[1]]).toEqual([Math.fround(-6 + 12 / 127), -6]) // the first variable runs fastest
  for (let i = 0; i < energy.length; i += 37) expect(Math.abs((energy[i] as number) - energyAt(x[i] as number, y[i] as number))).toBeLessThan(1e-3)
})

test('boxes that differ a little share a grid; text is as good as Arrow', async () => {
  const { port, server } = await started({ pipeline: await ring() })
  const url = `${server.url}/streams/particles/landscape`
  const [[a], [b]] = await Promise.all([arrowBatches(`${url}?x=-5.1,5.3&y=-5,5`), arrowBatches(`${url}?x=-5.2,5.25&y=-5,5`)])
  expect(columns(b as RecordBatch)).toEqual(columns(a as RecordBatch))
  const { body, headers } = await ask(port, '/streams/particles/landscape?x=-5,5&y=-5,5&format=csv')
  expect(headers['content-type']).toMatch(/^text\/csv/)
  expect(body.split('\n')[0]?.trim()).toBe('x0,x1,energy')
  expect(body.trimEnd().split('\n')).toHaveLength(1 + 128 * 128)
})

test.each([
  ['x=1,1&y=0,1', 'x is FROM,TO: two numbers, the smaller first'],
  ['x=2,1&y=0,1', 'x is FROM,TO: two numbers, the smaller first'],
  ['x=0,1,2&y=0,1', 'x is FROM,TO: two numbers, the smaller first'],
  ['x=0,1&y=,1', 'y is FROM,TO: two numbers, the smaller first'],
  ['x=0,1&y=0,1e30', 'y is FROM,TO: two numbers, the smaller first'],
  ['x=1e8,100000000.1&y=0,1', 'x is FROM,TO: two numbers, the smaller first'],
  ['x=0,NaN&y=0,1', 'x is FROM,TO: two numbers, the smaller first'],
  ['x=0,1', 'y is given once'],
  ['x=0,1&x=0,1&y=0,1', 'x is given once'],
  ['x=0,1&y=0,1&z=1', 'there is no parameter z: there are x, y, format'],
])('?%s: %s', async (query, message) => {
  const { port } = await started({ pipeline: await ring() })
  expect(await ask(port, `/streams/particles/landscape?${query}`)).toMatchObject({ status: 400, json: { code: 'server_query', message } })
})
