/**
 * Numbers as text, fast: the shortest decimal that reads back as the same float32.
 *
 * Six digits come back unchanged from a float32, nine are enough for all. They are found by arithmetic on doubles: x·10ᵏ
 * rounded and divided by 10ᵏ (exact for k ≤ 22) is the nearest double to the decimal of so many
 * digits, which JavaScript prints as just those digits.
 */

const POWERS = Array.from({ length: 23 }, (_, k) => Number(`1e${k}`))

/** A finite float32. */
export function float32Text(x: number): string {
  if (Number.isInteger(x) && x < 1e7 && x > -1e7) return Object.is(x, -0) ? '-0' : String(x)
  const size = Math.abs(x)
  if (size >= 1e-6 && size < 1e7) {
    const exponent = exponentOf(size)
    for (let digits = 6; digits <= 9; digits++) {
      const power = POWERS[digits - 1 - exponent] as number
      const decimal = Math.round(x * power) / power
      if (Math.fround(decimal) === x) return String(decimal)
    }
  }
  for (let digits = 1; digits < 9; digits++) { // the smallest floats have fewer than six
    const decimal = Number(x.toPrecision(digits))
    if (Math.fround(decimal) === x) return String(decimal)
  }
  return String(Number(x.toPrecision(9)))
}

/** ⌊log₁₀ x⌋ for 1e-6 ≤ x < 1e7. */
function exponentOf(x: number): number {
  if (x >= 1) {
    let exponent = 0
    while (x >= (POWERS[exponent + 1] as number)) exponent++
    return exponent
  }
  let exponent = -1
  while (x * (POWERS[-exponent] as number) < 1) exponent--
  return exponent
}

/** A 64-bit integer, from its low and high 32 bits. */
export function int64Text(low: number, high: number, is_signed: boolean): string {
  if (high >= 0 && high < 2 ** 21) return String(high * 2 ** 32 + (low >>> 0)) // exact below 2^53
  if (is_signed && high === -1 && low < 0) return String(low)
  const value = BigInt.asUintN(64, (BigInt(high) << 32n) | BigInt(low >>> 0))
  return String(is_signed ? BigInt.asIntN(64, value) : value)
}
