/** Amounts as people read them. */

/** `950`, `12.3k`, `4.56M`. */
export function count(value: number): string {
  const units = ['', 'k', 'M', 'G', 'T']
  let [scaled, unit] = [value, 0]
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000
    unit++
  }
  return `${unit === 0 && Number.isInteger(value) ? value : short(scaled)}${units[unit]}`
}

export function bytes(value: number): string {
  return value < 1000 ? `${value} B` : `${count(value).replace(/[kMGT]$/, ' $&')}B`
}

/** `0:07`, `12:30`, `3:02:10`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (part: number): string => String(part).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** Three or four digits that count. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1).replace('e+', 'e')
  return String(Number(value.toPrecision(size >= 1000 ? 4 : 3)))
}
