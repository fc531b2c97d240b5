/**
 * log Γ(x) for x > 0, to 15 digits: Lanczos' approximation with g = 7 and nine terms.
 * Source: Lanczos 1964, https://doi.org/10.1137/0701008; coefficients of Godfrey 2001.
 */
const G = 7
const COEFFICIENTS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const t = x + G - 0.5
  const series = COEFFICIENTS.reduce((sum, c, i) => sum + (i === 0 ? c : c / (x - 1 + i)), 0)
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series)
}
