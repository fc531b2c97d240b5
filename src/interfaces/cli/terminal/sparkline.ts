/** Values as a line of bars, `▇▅▃▂▂▁`, from the least to the greatest. */
const BARS = '▁▂▃▄▅▆▇█'

export function sparkline(values: readonly number[]): string {
  const least = Math.min(...values)
  const range = Math.max(...values) - least || 1
  return values.map((value) => BARS[Math.min(7, Math.floor(((value - least) / range) * 8))]).join('')
}
