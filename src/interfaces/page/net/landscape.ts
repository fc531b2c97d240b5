/** The energy on a grid, as heights for the stage: (E − min E)/τ. */
import { RecordBatchReader, type RecordBatch } from 'apache-arrow'
import { numbersIn } from '../data/coordinates.ts'
import type { Box } from '../data/plane-view.ts'
import type { Grid } from '../stage/terrain.ts'
import { ask } from './ask.ts'

/** Over a box of the first and the second variable; turned where the second is the horizontal one. */
export async function askLandscape(stream: string, { x, y }: Box, isTurned: boolean): Promise<Grid> {
  const [first, second] = isTurned ? [y, x] : [x, y]
  const response = await ask(`/streams/${encodeURIComponent(stream)}/landscape?format=arrow&x=${first.from},${first.to}&y=${second.from},${second.to}`)
  const reader = await RecordBatchReader.from(new Uint8Array(await response.arrayBuffer()))
  const grid = gridOf(reader.next().value as RecordBatch)
  return isTurned ? turned(grid) : grid
}

export function gridOf(batch: RecordBatch): Grid {
  const { schema } = batch
  const [size = 0] = JSON.parse(schema.metadata.get('heatbath.shape') ?? '[]') as number[]
  const temperature = Number(schema.metadata.get('heatbath.temperature'))
  const [x, y, energy] = schema.names.map((name) => numbersIn(batch, name as string).values) as [Float32Array, Float32Array, Float32Array]
  const lowest = energy.reduce((least, value) => Number.isFinite(value) ? Math.min(least, value) : least, Infinity)
  return {
    size,
    box: { x: { from: x[0] as number, to: x[size - 1] as number }, y: { from: y[0] as number, to: y[y.length - 1] as number } },
    heights: energy.map((value) => Number.isNaN(value) ? HIGHEST : Math.max(0, Math.min(HIGHEST, (value - lowest) / temperature))),
  }
}

/** Where the energy is infinite, or nothing at all. */
const HIGHEST = 1e9

function turned({ size, box, heights }: Grid): Grid {
  return { size, box: { x: box.y, y: box.x }, heights: heights.map((_, i) => heights[(i % size) * size + Math.floor(i / size)] as number) }
}
