/**
 * The Box-Muller transform, in arithmetic that XLA fuses and vectorises.
 *
 *   z = √(−2 ln u) cos θ  or  √(−2 ln u) sin θ,   u = (w0 + ½) 2⁻³²,  θ = π w1 / 2³¹
 *
 * ln u: the exponent and mantissa of u apart, a polynomial of degree 9 for the mantissa. θ/2 lies in
 * [−π/2, π/2]: polynomials of five terms give sin and cos of θ/2, the double angle gives those of θ.
 * Within 3e-6 + 6e-8/r of the exact transform, r its radius: within 2e-5 but for five of a million
 * draws, all of them near 0; no |z| above 6.77 (test/engine/rng/draw.test.ts).
 * Source: Box & Muller 1958, https://doi.org/10.1214/aoms/1177706645; coefficients: minimax fits.
 */
import type { FunctionBuilder } from '../graph/builder.ts'
import { graphFloats, graphWords } from './graph-words.ts'

const LOG = [
  0.9999998806494858, -0.49999972835376927, 0.33335008836473906, -0.2500328734710015, 0.19938853724135558,
  -0.16532923569807723, 0.15067517528832264, -0.14577002558102037, 0.08692954684184796,
]
const SIN = [3.1415925805688127, -5.167706900174656, 2.5500316403789083, -0.5980464472101198, 0.0772222424525954]
const COS = [0.9999999534690663, -4.934792858761452, 4.058411914846334, -1.3318801619961567, 0.21969679495544872]
/** Bits of √½ as a float: mantissas are taken from [√½, √2). */
const SQRT_HALF = 0x3f3504f3

export interface BoxMuller {
  readonly radius: string
  readonly cosine: string
  readonly sine: string
}

export function boxMuller(b: FunctionBuilder, [w0, w1]: readonly [string, string]): BoxMuller {
  const [w, f] = [graphWords(b), graphFloats(b)]
  const c = f.constant
  const half = f.mul(f.from(w.cast(w1, 'uint32', 'int32'), 'int32'), c(2 ** -32)) // θ / 2π, in [−½, ½)
  const square = f.mul(half, half)
  const s = f.mul(half, f.polynomial(SIN, square))
  return {
    radius: f.sqrt(f.max(minusTwoLog(b, w0), c(0))),
    cosine: f.sub(c(1), f.mul(f.mul(s, s), c(2))),
    sine: f.mul(f.mul(s, c(2)), f.polynomial(COS, square)),
  }
}

/** −2 ln((w + ½) 2⁻³²). */
function minusTwoLog(b: FunctionBuilder, w0: string): string {
  const [w, f] = [graphWords(b), graphFloats(b)]
  const c = f.constant
  const INT = { T: { type: 'int32' as const } }
  const x = w.cast(f.add(f.from(w0, 'uint32'), c(0.5)), 'float32', 'int32')
  const above = b.op('Sub', [x, b.int(SQRT_HALF)], INT)()
  const exponent = b.op('RightShift', [above, b.int(23)], INT)()
  const mantissa = w.cast(b.op('Sub', [x, b.op('LeftShift', [exponent, b.int(23)], INT)()], INT)(), 'int32', 'float32')
  const q = f.sub(mantissa, c(1))
  const wholes = f.mul(f.sub(f.from(exponent, 'int32'), c(32)), c(-2 * Math.LN2))
  return f.add(wholes, f.mul(f.mul(q, c(-2)), f.polynomial(LOG, q)))
}

export function boxMullerOnHost([w0, w1]: readonly [number, number], parity: number): number {
  const radius = Math.sqrt(-2 * Math.log(((w0 >>> 0) + 0.5) * 2 ** -32))
  const angle = Math.PI * w1 * 2 ** -31
  return radius * (parity === 0 ? Math.cos(angle) : Math.sin(angle))
}
