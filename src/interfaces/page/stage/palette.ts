/** The colours of the stage, as the style sheet has them for the present scheme. */
export type Rgb = readonly [number, number, number]

export interface Palette {
  readonly point: Rgb
  /** Where points are densest. */
  readonly dense: Rgb
  readonly low: Rgb
  readonly high: Rgb
  readonly contour: Rgb
  /** How strong contour lines are, 0 to 1. */
  readonly contrast: number
  /** Whether light adds up. */
  readonly glow: boolean
}

export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element)
  const read = (name: string): string => style.getPropertyValue(name).trim()
  return {
    point: rgb(read('--point')), dense: rgb(read('--dense')), low: rgb(read('--low')), high: rgb(read('--high')), contour: rgb(read('--contour')),
    contrast: Number(read('--contrast')), glow: read('--glow') === '1',
  }
}

/** Of `#rrggbb`. */
export function rgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16)
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255]
}
