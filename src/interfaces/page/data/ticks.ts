/** Round numbers along an axis, and how they are written: all with the same number of decimals. */
import type { Range } from '../../view/range.ts'

export interface Tick {
  readonly value: number
  readonly label: string
}

export function ticks({ from, to }: Range, most: number): Tick[] {
  const step = roundStep((to - from) / Math.max(1, most))
  if (!(step > 0) || !Number.isFinite(step)) return []
  const first = Math.ceil(from / step - 1e-9)
  const count = Math.floor(to / step + 1e-9) - first + 1
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const isHuge = Math.max(Math.abs(from), Math.abs(to)) >= 1e6 || step < 1e-4
  return Array.from({ length: Math.max(0, count) }, (_, i) => {
    const value = (first + i) * step
    return { value, label: (isHuge ? value.toExponential(1).replace('e+', 'e') : value.toFixed(decimals)).replace('-', '−').replace(/^−(0(\.0+)?)$/, '$1') }
  })
}

/** 1, 2 or 5 times a power of ten, not below what is asked for. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  const factor = [1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) as number
  return factor * power
}
