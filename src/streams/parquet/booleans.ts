/** Booleans: a bit each, or one run where all are alike. */
import type { Data } from 'apache-arrow'
import { copyBits, countBits, exactBits } from '../arrow/bits.ts'
import { appendRun, roomFor, type Encoded, type Values } from './values.ts'

export class BooleanValues implements Values {
  #bits = new Uint8Array(0)
  length = 0

  append(data: Data, from: number, count: number): void {
    if (this.length + count > this.#bits.length * 8) {
      const larger = new Uint8Array(roomFor(this.#bits.length, (this.length + count + 7) >> 3))
      larger.set(this.#bits)
      this.#bits = larger
    }
    copyBits(data.values as Uint8Array, data.offset + from, this.#bits, this.length, count)
    this.length += count
  }

  encode(): Encoded {
    const ones = countBits(this.#bits, this.length)
    const bits = this.#bits
    const bounds = this.length === 0 ? {} : { bounds: { min: ones === this.length, max: ones > 0 } }
    if (ones > 0 && ones < this.length) {
      return { encoding: 'PLAIN', ...bounds, fit: (_, bytes) => bytes * 8, page: (from, to) => exactBits(bits, from, to - from) }
    }
    return { encoding: 'RLE', ...bounds, fit: () => Infinity, page: (from, to) => constant(to - from, ones > 0 ? 1 : 0) }
  }

  clear(): void {
    this.length = 0
  }
}

/** In data pages runs of booleans follow the number of their bytes. */
function constant(count: number, value: number): Uint8Array {
  const run: number[] = []
  if (count > 0) appendRun(run, count, value, 1)
  return Uint8Array.from([run.length, 0, 0, 0, ...run])
}
