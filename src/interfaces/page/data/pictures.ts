/** Images of a batch side by side in one picture, as RGBA. */
import type { RecordBatch } from 'apache-arrow'
import { numbersIn } from './coordinates.ts'
import type { ImageShape } from './kinds.ts'

export interface Picture {
  readonly pixels: Uint8Array
  readonly width: number
  readonly height: number
}

/** Pixels between two images. */
const GAP = 2

/** The number of columns with which so many images are largest in a picture of this aspect (width over height). */
export function columnsFor(count: number, { width, height }: ImageShape, aspect: number): number {
  const scale = (columns: number): number => Math.min(aspect / (columns * (width + GAP)), 1 / (Math.ceil(count / columns) * (height + GAP)))
  let best = 1
  for (let columns = 2; columns <= count; columns++) if (scale(columns) > scale(best)) best = columns
  return best
}

/** Rows from the top. Values are in [0, 1]; noise on the way there reaches further, and is clipped softly in proportion. */
export function pictureOf(batches: readonly RecordBatch[], shape: ImageShape, columns: number): Picture {
  const { height, width, channels, column } = shape
  const count = batches.reduce((sum, { numRows }) => sum + numRows, 0)
  const rows = Math.ceil(count / columns)
  const [fullWidth, fullHeight] = [columns * (width + GAP) - GAP, rows * (height + GAP) - GAP]
  const pixels = new Uint8Array(fullWidth * fullHeight * 4)
  let image = 0
  for (const batch of batches) {
    const { values } = numbersIn(batch, column)
    const level = toLevel(values)
    for (let own = 0; own < batch.numRows; own++, image++) {
      const [left, top] = [(image % columns) * (width + GAP), Math.floor(image / columns) * (height + GAP)]
      for (let i = 0; i < height * width; i++) {
        const at = ((top + Math.floor(i / width)) * fullWidth + left + (i % width)) * 4
        for (let c = 0; c < 3; c++) pixels[at + c] = level(values[(own * height * width + i) * channels + (channels === 1 ? 0 : c)] as number)
        pixels[at + 3] = 255
      }
    }
  }
  return { pixels, width: fullWidth, height: fullHeight }
}

/** 0 is black and 1 white, unless the values reach further: then what most of them reach. */
function toLevel(values: ArrayLike<number>): (value: number) => number {
  let square = 0
  for (let i = 0; i < values.length; i++) square += ((values[i] as number) - 0.5) ** 2
  const spread = Math.sqrt(square / Math.max(1, values.length))
  const reach = Math.max(0.5, 2 * spread * Math.min(1, Math.max(0, spread - 0.5) / 0.3))
  return (value) => Math.max(0, Math.min(255, Math.round(255 * (0.5 + (value - 0.5) / (2 * reach)))))
}
