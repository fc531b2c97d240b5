/** Tail probabilities of the distributions that tests compare with. */

/** P(|Z| > |z|), Z ~ N(0, 1); relative error below 1.2e-7. Source: Press et al. 2007, Numerical Recipes, 6.2.2. */
export function normalTails(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 2 / (2 + x)
  const polynomial = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806
    + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))))
  return t * Math.exp(-x * x + polynomial)
}

/** P(Z ≤ z). */
export const normalCdf = (z: number): number => (z > 0 ? 1 - normalTails(z) / 2 : normalTails(z) / 2)

/** P(X ≤ x) for a mixture of normals. */
export const normalMixtureCdf = (components: readonly { readonly mean: number; readonly scale: number; readonly weight: number }[]) => (x: number): number =>
  components.reduce((sum, { mean, scale, weight }) => sum + weight * normalCdf((x - mean) / scale), 0)

/** P(X ≤ x) for a density on an interval, up to a factor, by the midpoint rule and linear in between. */
export function cdfOfDensity(density: (x: number) => number, lower: number, upper: number, points = 20_000): (x: number) => number {
  const width = (upper - lower) / points
  const below = new Float64Array(points + 1)
  for (let i = 0; i < points; i++) below[i + 1] = (below[i] as number) + density(lower + (i + 0.5) * width)
  const total = below[points] as number
  return (x) => {
    const at = Math.min(points, Math.max(0, (x - lower) / width))
    const i = Math.min(points - 1, Math.floor(at))
    return ((below[i] as number) + (at - i) * ((below[i + 1] as number) - (below[i] as number))) / total
  }
}

/** P(√N D > λ) of Kolmogorov's statistic, for many numbers. */
export function kolmogorovTail(lambda: number): number {
  if (lambda < 0.3) return 1
  let sum = 0
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * lambda * lambda)
  return sum
}

/** P(χ² > x) with `degrees` of freedom. Source: Press et al. 2007, 6.2. */
export function chiSquareTail(x: number, degrees: number): number {
  const [a, y] = [degrees / 2, x / 2]
  if (y <= 0) return 1
  const front = Math.exp(a * Math.log(y) - y - logGamma(a))
  if (y < a + 1) {
    let [term, sum] = [1 / a, 1 / a]
    for (let n = 1; n < 10_000 && term > sum * 1e-16; n++) sum += term *= y / (a + n)
    return 1 - front * sum
  }
  let b = y + 1 - a
  let c = 1e300
  let d = 1 / b
  let fraction = d
  for (let n = 1; n < 10_000; n++) {
    const an = -n * (n - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    fraction *= d * c
    if (Math.abs(d * c - 1) < 1e-14) break
  }
  return front * fraction
}

function logGamma(x: number): number {
  const coefficients = [76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2, -0.5395239384953e-5]
  const t = x + 5.5 - (x + 0.5) * Math.log(x + 5.5)
  const series = coefficients.reduce((sum, c, i) => sum + c / (x + 1 + i), 1.000000000190015)
  return -t + Math.log((2.5066282746310005 * series) / x)
}
