/**
 * Images side by side, two pixels to a character: the upper half block in the colour of the upper
 * pixel, on the colour of the lower. Without colours, a pair is a shade of grey.
 */
import type { Paint } from './paint.ts'

export interface Images {
  /** Row by row, image by image. */
  readonly values: ArrayLike<number>
  readonly height: number
  readonly width: number
  /** Values to a pixel: 1 grey, 3 colours; colours are shown as their mean. */
  readonly channels: number
  readonly count: number
}

/** First and last grey of the 256 colours. */
const [BLACK, WHITE] = [232, 255]
const SHADES = ' ░▒▓█'

export function picture(images: Images, columns: number, rows: number, paint: Paint): string[] {
  const shrink = Math.max(1, Math.ceil(images.height / (rows * 2)), Math.ceil(images.width / columns))
  const [width, height] = [Math.floor(images.width / shrink), Math.floor(images.height / shrink)]
  const count = Math.min(images.count, Math.max(1, Math.floor((columns + 1) / (width + 1))))
  const { from, to } = rangeOf(images, count)
  const level = (image: number, row: number, column: number): number =>
    row >= height ? 0 : Math.min(1, Math.max(0, (blockMean(images, image, row, column, shrink) - from) / (to - from)))
  return Array.from({ length: Math.ceil(height / 2) }, (_, line) =>
    Array.from({ length: count }, (_, image) =>
      Array.from({ length: width }, (_, column) => pair(level(image, 2 * line, column), level(image, 2 * line + 1, column), paint)).join('')).join(' '))
}

function pair(upper: number, lower: number, { is_colored, shade }: Paint): string {
  if (!is_colored) return SHADES[Math.min(4, Math.floor(((upper + lower) / 2) * 5))] as string
  const grey = (level: number): number => BLACK + Math.round(level * (WHITE - BLACK))
  return shade('▀', grey(upper), grey(lower))
}

function blockMean({ values, height, width, channels }: Images, image: number, row: number, column: number, size: number): number {
  let sum = 0
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const at = ((image * height + row * size + i) * width + column * size + j) * channels
      for (let channel = 0; channel < channels; channel++) sum += values[at + channel] as number
    }
  }
  return sum / (size * size * channels)
}

/** Pictures are in [0, 1]; noise on the way to them reaches further. */
function rangeOf({ values, height, width, channels }: Images, count: number): { readonly from: number; readonly to: number } {
  let [from, to] = [0, 1]
  for (let i = 0; i < count * height * width * channels; i++) {
    const value = values[i] as number
    if (value < from) from = value
    if (value > to) to = value
  }
  return { from, to }
}
