/** How many points fall into each cell of a square grid over a box: [size, size], rows from the bottom. */
import type { Box } from './plane-view.ts'
import { widthOf } from './plane-view.ts'

export const CELLS = 256

export interface Points {
  readonly x: Float32Array
  readonly y: Float32Array
}

export function density(parts: readonly Points[], { x: boxX, y: boxY }: Box, size = CELLS): Float32Array {
  const counts = new Float32Array(size * size)
  const [scaleX, scaleY] = [size / widthOf(boxX), size / widthOf(boxY)]
  for (const { x, y } of parts) {
    for (let i = 0; i < x.length; i++) {
      const column = Math.floor(((x[i] as number) - boxX.from) * scaleX)
      const row = Math.floor(((y[i] as number) - boxY.from) * scaleY)
      if (column >= 0 && column < size && row >= 0 && row < size) counts[row * size + column] = (counts[row * size + column] as number) + 1
    }
  }
  return counts
}

/** Levels from 0 to 255: the square root of the count, the densest one in two hundred of the used cells at the top. */
export function levels(counts: Float32Array): Uint8Array {
  const used = counts.filter((count) => count > 0).sort()
  const top = used[Math.floor((used.length - 1) * 0.995)] ?? 1
  return Uint8Array.from(counts, (count) => Math.min(255, Math.round(255 * Math.sqrt(count / top))))
}
