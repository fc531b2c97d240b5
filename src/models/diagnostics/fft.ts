/**
 * The discrete Fourier transform of complex numbers, in place, without a factor.
 *
 *   X_k = Σ_n x_n exp(−2πi k n / m)
 *
 * For lengths that are powers of two.
 */
export class Fft {
  readonly size: number
  readonly #cos: Float64Array
  readonly #sin: Float64Array

  constructor(size: number) {
    this.size = size
    this.#cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size))
    this.#sin = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size))
  }

  transform(re: Float64Array, im: Float64Array): void {
    const { size } = this
    reverseBits(re, im)
    const [cos, sin] = [this.#cos, this.#sin]
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half)
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0, w = 0; k < half; k++, w += stride) {
          const i = start + k
          const j = i + half
          const c = cos[w] as number
          const s = sin[w] as number
          const a = re[j] as number
          const b = im[j] as number
          const real = a * c - b * s
          const imaginary = a * s + b * c
          re[j] = (re[i] as number) - real
          im[j] = (im[i] as number) - imaginary
          re[i] = (re[i] as number) + real
          im[i] = (im[i] as number) + imaginary
        }
      }
    }
  }
}

/** Puts entry number i where the bits of i, read backwards, say. */
function reverseBits(re: Float64Array, im: Float64Array): void {
  const size = re.length
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit
    j ^= bit
    if (i >= j) continue
    const [a, b] = [re[i] as number, im[i] as number]
    re[i] = re[j] as number
    im[i] = im[j] as number
    re[j] = a
    im[j] = b
  }
}
