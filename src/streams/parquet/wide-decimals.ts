/**
 * Decimals of more digits than 64 bits hold: whole numbers in two's complement, of a fixed number of bytes.
 *
 * Arrow has the least significant byte first, Parquet the most significant. They are held as Arrow's words.
 */
import type { Data } from 'apache-arrow'
import { wholeAt } from '../arrow/numbers.ts'
import { roomFor, type Encoded, type MinMax, type Values } from './values.ts'

export class WideDecimals implements Values {
  /** Of a value. */
  readonly #words: number
  #values = new Uint32Array(0)
  length = 0

  constructor(bytes: number) {
    this.#words = bytes / 4
  }

  append(data: Data, from: number, count: number): void {
    const words = this.#words
    if ((this.length + count) * words > this.#values.length) {
      const larger = new Uint32Array(roomFor(this.#values.length, (this.length + count) * words))
      larger.set(this.#values.subarray(0, this.length * words))
      this.#values = larger
    }
    this.#values.set((data.values as Uint32Array).subarray(from * words, (from + count) * words), this.length * words)
    this.length += count
  }

  encode(): Encoded {
    const [values, words] = [this.#values, this.#words]
    return {
      encoding: 'PLAIN',
      ...(this.length === 0 ? {} : { bounds: this.#bounds() }),
      fit: (_, bytes) => Math.max(1, Math.floor(bytes / (4 * words))),
      page: (from, to) => turned(values.subarray(from * words, to * words), words),
    }
  }

  clear(): void {
    this.length = 0
  }

  #bounds(): MinMax {
    let [min, max] = [0, 0]
    for (let i = 1; i < this.length; i++) {
      if (this.#isBelow(i, min)) min = i
      if (this.#isBelow(max, i)) max = i
    }
    return { min: wholeAt(this.#values, min * this.#words, this.#words), max: wholeAt(this.#values, max * this.#words, this.#words) }
  }

  #isBelow(a: number, b: number): boolean {
    for (let word = this.#words - 1; word >= 0; word--) {
      const flip = word === this.#words - 1 ? 0x80000000 : 0 // the sign
      const [left, right] = [((this.#values[a * this.#words + word] as number) ^ flip) >>> 0, ((this.#values[b * this.#words + word] as number) ^ flip) >>> 0]
      if (left !== right) return left < right
    }
    return false
  }
}

/** Values of so many words each, their bytes in the other order. */
export function turned(values: Uint32Array, words: number): Uint8Array {
  const out = new Uint8Array(values.byteLength)
  const view = new DataView(out.buffer)
  for (let i = 0; i < values.length; i++) {
    const word = i % words
    view.setUint32(4 * (i - word + words - 1 - word), values[i] as number)
  }
  return out
}

/** The way back: words of Arrow's out of the bytes of a page. */
export function turnedBack(bytes: Uint8Array, words: number): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * (i - (i % words) + words - 1 - (i % words))))
}
