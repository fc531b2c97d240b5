/**
 * Autocovariance of chains, the mean over all of them.
 *
 *   γ_t = 1/n Σ_i (x_i − x̄)(x_(i+t) − x̄),   t = 0 .. n − 1,   x̄ the chain's own mean
 *
 * By Fourier transforms, padded so that nothing wraps around: two chains in one, as real and
 * imaginary part, since only the sum of their spectra is needed, and one transform back for all.
 * Shapes: [draws]. O(chains draws log draws) time.
 */
import { chainOf, meanOf } from './chains.ts'
import type { Draws } from './contract.ts'
import { Fft } from './fft.ts'

export function meanAutocovariance(draws: Draws): Float64Array {
  const n = draws.draws
  const fft = new Fft(2 ** Math.ceil(Math.log2(2 * n)))
  const { size } = fft
  const spectrum = new Float64Array(size)
  const [re, im] = [new Float64Array(size), new Float64Array(size)]
  for (let c = 0; c < draws.chains; c += 2) {
    centre(draws, c, re)
    centre(draws, c + 1, im)
    fft.transform(re, im)
    for (let k = 0; k < size; k++) {
      const mirror = (size - k) & (size - 1)
      spectrum[k] = (spectrum[k] as number)
        + ((re[k] as number) ** 2 + (im[k] as number) ** 2 + (re[mirror] as number) ** 2 + (im[mirror] as number) ** 2) / 2
    }
  }
  fft.transform(spectrum, im.fill(0)) // even, so that forward and back are the same
  return spectrum.slice(0, n).map((sum) => sum / (size * n * draws.chains))
}

/** The draws of a chain less their mean, padded with zeros; zeros if there is no such chain. */
function centre(draws: Draws, chain: number, into: Float64Array): void {
  into.fill(0)
  if (chain >= draws.chains) return
  const values = chainOf(draws, chain)
  const mean = meanOf(values)
  for (let i = 0; i < values.length; i++) into[i] = (values[i] as number) - mean
}
