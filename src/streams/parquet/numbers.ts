/**
 * Numbers of fixed width.
 *
 * Long runs of equal values (a step, a temperature) are a dictionary of their values and the runs'
 * lengths; other integers are differences where that is shorter; other floats are written as they
 * are, or with their bytes grouped by place for a codec that gains by it. Equal means equal bits.
 */
import type { Data } from 'apache-arrow'
import { ByteWriter } from 'hyparquet-writer'
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js'
import { bytesOf } from '../arrow/chunks.ts'
import { floatBounds, int32Bounds, int64Bounds, type NumberBounds } from './bounds.ts'
import type { Leaf } from './leaves.ts'
import { appendRun, bitWidthOf, roomFor, type Encoded, type Values } from './values.ts'

type Array = Int32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>

const ARRAYS = { int32: Int32Array, int64: BigInt64Array, float32: Float32Array, float64: Float64Array } as const

/** Runs shorter than this, on average, are not worth a dictionary. */
const LONG_RUN = 8

export class NumberValues implements Values {
  readonly #leaf: Leaf
  readonly #make: (size: number) => Array
  #values: Array
  length = 0

  constructor(leaf: Leaf, held: keyof typeof ARRAYS) {
    this.#leaf = leaf
    this.#make = (size) => new ARRAYS[held](size)
    this.#values = this.#make(0)
  }

  append(data: Data, from: number, count: number): void {
    if (this.length + count > this.#values.length) {
      const larger = this.#make(roomFor(this.#values.length, this.length + count))
      larger.set(this.#values.subarray(0, this.length) as never)
      this.#values = larger
    }
    const own = (data.values as Array).subarray(from * data.stride, (from + count) * data.stride)
    this.#values.set(sameSign((this.#leaf.convert?.(own) ?? own) as Array) as never, this.length)
    this.length += count
  }

  encode(wants_split: boolean): Encoded {
    const values = this.#values.subarray(0, this.length) as Array
    if (values.length === 0) return plain(values)
    const words = new Int32Array(values.buffer, 0, values.byteLength / 4)
    const runs = runsOf(words, values.BYTES_PER_ELEMENT / 4, Math.floor(values.length / LONG_RUN))
    if (runs !== undefined) return this.#dictionary(values, runs)
    const bounds = this.#bounds(values)
    if (values instanceof Int32Array) return { ...bounds, ...differences(values, values, 'INT32') }
    if (values instanceof BigInt64Array) {
      const small = int32sOf(words)
      return { ...bounds, ...(small === undefined ? plain(values) : differences(values, small, 'INT64')) }
    }
    return { ...bounds, ...(wants_split ? split(values) : plain(values)) }
  }

  clear(): void {
    this.length = 0
  }

  #bounds(values: Array): NumberBounds {
    if (values instanceof Float32Array || values instanceof Float64Array) return floatBounds(values)
    if (values instanceof BigInt64Array) return int64Bounds(values, this.#leaf.is_signed)
    const found = int32Bounds(values, this.#leaf.is_signed)
    return this.#leaf.element.converted_type === 'DECIMAL' ? wholeBounds(found) : found
  }

  #dictionary(values: Array, starts: Int32Array): Encoded {
    const words = new Int32Array(values.buffer, 0, values.byteLength / 4)
    const width = values.BYTES_PER_ELEMENT / 4
    const numbers = new Map<number | string, number>()
    const firsts: number[] = []
    const ids = starts.map((start) => {
      const key = width === 1 ? (words[start] as number) : `${words[2 * start]},${words[2 * start + 1]}`
      const id = numbers.get(key) ?? numbers.size
      if (id === firsts.length) {
        numbers.set(key, id)
        firsts.push(start)
      }
      return id
    })
    const distinct = this.#make(firsts.length)
    for (const [id, first] of firsts.entries()) distinct[id] = values[first] as never
    const bounds = this.#bounds(distinct)
    const nan_count = bounds.nan_count === undefined ? {} : { nan_count: BigInt(countNaN(values)) }
    const bits = bitWidthOf(firsts.length)
    return {
      encoding: 'RLE_DICTIONARY',
      dictionary: { bytes: bytesOf(distinct), count: firsts.length },
      ...bounds,
      ...nan_count,
      fit: () => Infinity,
      page: (from, to) => runPage(starts, ids, from, to, bits),
    }
  }
}

/** Of decimals, in units of their last digit: whoever writes the metadata would take numbers for the decimals themselves. */
const wholeBounds = ({ bounds }: NumberBounds): NumberBounds =>
  (bounds === undefined ? {} : { bounds: { min: BigInt(bounds.min as number), max: BigInt(bounds.max as number) } })

/** Unsigned integers as the signed ones of the same bits: a copy of bytes instead of a conversion. */
function sameSign(values: Array | Uint32Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>): Array {
  if (values instanceof Uint32Array) return new Int32Array(values.buffer, values.byteOffset, values.length)
  if (values instanceof BigUint64Array) return new BigInt64Array(values.buffer, values.byteOffset, values.length)
  return values
}

/** Where runs of equal values of `width` words begin; undefined if there are more than `most`. */
function runsOf(words: Int32Array, width: number, most: number): Int32Array | undefined {
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength)
  const size = width * words.BYTES_PER_ELEMENT
  const starts = new Int32Array(most)
  const length = words.length / width
  let [count, tried] = [0, 0]
  for (let i = 0; i < length; i++) {
    if (i > 0 && (width === 1 ? words[i] === words[i - 1] : words[2 * i] === words[2 * i - 2] && words[2 * i + 1] === words[2 * i - 1])) {
      if (i - tried < STRIDE) continue
      // a run this long may well go on: its values equal themselves moved by one
      while (i + STRIDE <= length && bytes.compare(bytes, i * size, (i + STRIDE) * size, (i - 1) * size, (i + STRIDE - 1) * size) === 0) i += STRIDE
      tried = i--
      continue
    }
    if (count === most) return undefined
    starts[count++] = tried = i
  }
  return starts.subarray(0, count)
}

/** Values of a run that are compared at once. */
const STRIDE = 256

function runPage(starts: Int32Array, ids: Int32Array, from: number, to: number, bits: number): Uint8Array {
  const out = [bits]
  const bytes = (bits + 7) >> 3
  for (let run = 0; run < starts.length; run++) {
    const begin = Math.max(from, starts[run] as number)
    const end = Math.min(to, starts[run + 1] ?? to)
    if (begin < end) appendRun(out, end - begin, ids[run] as number, bytes)
  }
  return Uint8Array.from(out)
}

function countNaN(values: Array): number {
  let count = 0
  for (let i = 0; i < values.length; i++) if (values[i] !== values[i]) count++
  return count
}

const plain = (values: Array): Encoded => ({
  encoding: 'PLAIN',
  fit: (_, bytes) => Math.max(1, Math.floor(bytes / values.BYTES_PER_ELEMENT)),
  page: (from, to) => bytesOf(values.subarray(from, to)),
})

/** The values of 64-bit integers as 32-bit ones, if all of them are. */
function int32sOf(words: Int32Array): Int32Array | undefined {
  const small = new Int32Array(words.length / 2)
  for (let i = 0; i < small.length; i++) {
    const low = words[2 * i] as number
    if (words[2 * i + 1] !== low >> 31) return undefined
    small[i] = low
  }
  return small
}

function differences(values: Array, small: Int32Array, type: 'INT32' | 'INT64'): Encoded {
  const pack = (from: number, to: number): Uint8Array => {
    const writer = new ByteWriter(1024 + (to - from))
    deltaBinaryPack(writer, small.subarray(from, to), type)
    return writer.getBytes()
  }
  const sample = Math.min(small.length, SAMPLE)
  if (pack(0, sample).length >= sample * values.BYTES_PER_ELEMENT) return plain(values)
  return { encoding: 'DELTA_BINARY_PACKED', fit: (_, bytes) => Math.max(1, Math.floor(bytes / values.BYTES_PER_ELEMENT)), page: pack }
}

/** Values that tell whether differences are shorter. */
const SAMPLE = 4096

/** The first byte of each value, then the second of each, and so on. */
function split(values: Array): Encoded {
  const width = values.BYTES_PER_ELEMENT
  return {
    encoding: 'BYTE_STREAM_SPLIT',
    fit: (_, bytes) => Math.max(1, Math.floor(bytes / width)),
    page(from, to) {
      const source = bytesOf(values.subarray(from, to))
      const count = to - from
      const out = new Uint8Array(source.length)
      for (let place = 0; place < width; place++) {
        for (let i = 0, at = place * count; i < count; i++) out[at + i] = source[i * width + place] as number
      }
      return out
    },
  }
}
