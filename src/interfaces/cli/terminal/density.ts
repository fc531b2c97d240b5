/**
 * Where particles are: two coordinates as a density in braille dots, one as a histogram.
 *
 * A dot is lit if the count in it exceeds a threshold of an ordered dither, so that a dense cell has
 * more dots than a thin one; a few particles show each of them. Counts fade from frame to frame,
 * and the view follows the particles slowly, so that the picture does not flicker.
 */
import { followed, type Range } from '../../view/range.ts'
import type { Paint } from './paint.ts'

/** Bits of a braille cell of 2 × 4 dots, by row and column. */
const DOTS = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]] as const
/** Thresholds of a Bayer matrix, 4 × 4. */
const BAYER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5].map((rank) => (rank + 0.5) / 16)
/** What remains of a count after a frame. */
const FADE = 0.6
/** Colours from thin to dense, of the 256. */
const SHADES = [24, 31, 38, 44, 80, 158]
const BARS = ' ▁▂▃▄▅▆▇█'

export class Density {
  #counts = new Float32Array(0)
  #x: Range | undefined
  #y: Range | undefined

  get ranges(): readonly [Range | undefined, Range | undefined] {
    return [this.#x, this.#y]
  }

  /** Lines of `columns` cells; `y` is absent where particles have one coordinate. */
  draw(x: ArrayLike<number>, y: ArrayLike<number> | undefined, columns: number, rows: number, paint: Paint): string[] {
    this.#x = followed(this.#x, x)
    this.#y = y === undefined ? undefined : followed(this.#y, y)
    return y === undefined ? this.#histogram(x, columns, rows, paint) : this.#dots(x, y, columns, rows, paint)
  }

  #dots(x: ArrayLike<number>, y: ArrayLike<number>, columns: number, rows: number, paint: Paint): string[] {
    const [width, height] = [columns * 2, rows * 4]
    const counts = this.#faded(width * height)
    const [toColumn, toRow] = [scaleOf(this.#x as Range, width), scaleOf(this.#y as Range, height)]
    for (let i = 0; i < x.length; i++) {
      const [column, row] = [toColumn(x[i] as number), height - 1 - toRow(y[i] as number)]
      if (column >= 0 && column < width && row >= 0 && row < height) counts[row * width + column] = (counts[row * width + column] as number) + 1
    }
    const dense = denseCount(counts)
    return Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => this.#cell(counts, width, row, column, dense, paint)).join(''))
  }

  #cell(counts: Float32Array, width: number, row: number, column: number, dense: number, { shade }: Paint): string {
    let [bits, sum] = [0, 0]
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 2; j++) {
        const [r, c] = [row * 4 + i, column * 2 + j]
        const share = (counts[r * width + c] as number) / dense
        sum += share
        if (share > (BAYER[(r % 4) * 4 + (c % 4)] as number)) bits |= (DOTS[i] as readonly number[])[j] as number
      }
    }
    if (bits === 0) return ' '
    return shade(String.fromCharCode(0x2800 + bits), SHADES[Math.min(SHADES.length - 1, Math.floor((sum / 8) * SHADES.length))] as number)
  }

  #histogram(x: ArrayLike<number>, columns: number, rows: number, { shade }: Paint): string[] {
    const counts = this.#faded(columns)
    const toColumn = scaleOf(this.#x as Range, columns)
    for (let i = 0; i < x.length; i++) {
      const column = toColumn(x[i] as number)
      if (column >= 0 && column < columns) counts[column] = (counts[column] as number) + 1
    }
    const highest = Math.max(1e-9, ...counts)
    return Array.from({ length: rows }, (_, row) => Array.from(counts, (value) => {
      const eighths = Math.round((value / highest) * rows * 8) - (rows - 1 - row) * 8
      return shade(BARS[Math.min(8, Math.max(0, eighths))] as string, SHADES[3] as number)
    }).join(''))
  }

  #faded(size: number): Float32Array {
    if (this.#counts.length !== size) this.#counts = new Float32Array(size)
    for (let i = 0; i < size; i++) this.#counts[i] = (this.#counts[i] as number) * FADE
    return this.#counts
  }
}

const scaleOf = ({ from, to }: Range, cells: number) => (value: number): number => Math.floor(((value - from) / (to - from)) * cells)

/** The count at which all dots are lit: that which one in fifty of the used dots exceeds. */
function denseCount(counts: Float32Array): number {
  const used = counts.filter((value) => value > 0.05).sort()
  return used.length === 0 ? 1 : (used[Math.floor((used.length - 1) * 0.98)] as number)
}
