/**
 * Quantiles of the beta law: x with I_x(a, b) = p, by bisection, to the last digits.
 *
 * I by its continued fraction, for a and b from 1 to 1e8. Source: Press et al. 2007, Numerical Recipes, 6.4
 */
export function betaQuantile(p: number, a: number, b: number): number {
  const scale = logGamma(a + b) - logGamma(a) - logGamma(b)
  let [low, high] = [0, 1]
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) return middle
    if (betaCdf(middle, a, b, scale) < p) low = middle
    else high = middle
  }
}

function betaCdf(x: number, a: number, b: number, scale: number): number {
  const front = Math.exp(scale + a * Math.log(x) + b * Math.log1p(-x))
  // Each side of the mean the fraction that converges there.
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; ; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / (1 + even * d)
    c = 1 + even / c
    fraction *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / (1 + odd * d)
    c = 1 + odd / c
    fraction *= d * c
    if (Math.abs(d * c - 1) < 1e-15) return fraction
  }
}

/** ln Γ(x), x > 0, to about 15 digits: Lanczos' approximation, g = 7. */
function logGamma(x: number): number {
  const y = x - 1
  const series = LANCZOS.reduce((sum, c, i) => sum + (i === 0 ? c : c / (y + i)), 0)
  const t = y + 7.5
  return Math.log(Math.sqrt(2 * Math.PI)) + (y + 0.5) * Math.log(t) - t + Math.log(series)
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]
