/**
 * Texts and other bytes: each distinct value once, and a number for each row.
 *
 * Written as a dictionary where that is at most half as long, else one after the other. Values are
 * numbered as they first appear, so that a column given as a dictionary and one given as texts make
 * the same file.
 */
import { DataType, type Data, type Vector } from 'apache-arrow'
import { ByteWriter } from 'hyparquet-writer'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import { bitWidthOf, roomFor, type Encoded, type Values } from './values.ts'

export class TextValues implements Values {
  readonly #distinct = new Distinct()
  #numbers = new Int32Array(0)
  /** Numbers of a dictionary's entries, −1 for those that have none yet. */
  #known: { readonly dictionary: Vector; readonly numbers: Int32Array } | undefined
  length = 0

  append(data: Data, from: number, count: number): void {
    if (this.length + count > this.#numbers.length) {
      const larger = new Int32Array(roomFor(this.#numbers.length, this.length + count))
      larger.set(this.#numbers.subarray(0, this.length))
      this.#numbers = larger
    }
    if (DataType.isDictionary(data.type)) this.#appendEntries(data, from, count)
    else for (let i = from; i < from + count; i++) this.#numbers[this.length++] = this.#number(data, i)
  }

  encode(): Encoded {
    const numbers = this.#numbers.subarray(0, this.length)
    const distinct = this.#distinct
    const count = distinct.count
    const bits = bitWidthOf(count)
    let plainBytes = 0
    for (let i = 0; i < numbers.length; i++) plainBytes += 4 + distinct.lengthOf(numbers[i] as number)
    const bounds = count === 0 ? {} : { bounds: distinct.bounds() }
    const dictionaryBytes = distinct.bytes + 4 * count
    if (count === 0 || 2 * (dictionaryBytes + (numbers.length * bits) / 8) > plainBytes) {
      return {
        encoding: 'PLAIN',
        ...bounds,
        fit: (from, bytes) => fit(numbers, from, bytes, (number) => 4 + distinct.lengthOf(number)),
        page: (from, to) => distinct.plain(numbers.subarray(from, to)),
      }
    }
    return {
      encoding: 'RLE_DICTIONARY',
      dictionary: { bytes: distinct.plain(Int32Array.from({ length: count }, (_, i) => i)), count },
      ...bounds,
      fit: (_, bytes) => Math.max(1, Math.floor((bytes * 8) / Math.max(1, bits))),
      page(from, to) {
        const writer = new ByteWriter(1024 + (((to - from) * bits) >> 3))
        writer.appendUint8(bits)
        writeRleBitPackedHybrid(writer, numbers.subarray(from, to), bits)
        return writer.getBytes()
      },
    }
  }

  clear(): void {
    this.length = 0
    this.#distinct.clear()
    this.#known = undefined
  }

  #appendEntries(data: Data, from: number, count: number): void {
    const dictionary = data.dictionary as Vector
    if (this.#known?.dictionary !== dictionary) this.#known = { dictionary, numbers: new Int32Array(dictionary.length).fill(-1) }
    const { numbers } = this.#known
    const entries = data.values as Int32Array
    for (let i = from; i < from + count; i++) {
      const entry = Number(entries[i])
      if (numbers[entry] === -1) numbers[entry] = this.#entryNumber(dictionary, entry)
      this.#numbers[this.length++] = numbers[entry] as number
    }
  }

  #entryNumber(dictionary: Vector, entry: number): number {
    let at = entry
    for (const data of dictionary.data) {
      if (at < data.length) return this.#number(data, at)
      at -= data.length
    }
    throw new RangeError(`entry ${entry} of a dictionary of ${dictionary.length}`)
  }

  #number({ values, valueOffsets }: Data, i: number): number {
    return this.#distinct.number(values as Uint8Array, Number(valueOffsets[i]), Number(valueOffsets[i + 1]))
  }
}

function fit(numbers: Int32Array, from: number, bytes: number, sizeOf: (number: number) => number): number {
  let [to, left] = [from, bytes]
  while (to < numbers.length && (left -= sizeOf(numbers[to] as number)) >= 0) to++
  return Math.max(1, to - from)
}

/** Distinct byte strings, numbered from 0 as they come: a hash table of open addresses. */
class Distinct {
  #bytes = new Uint8Array(4096)
  /** Where each value begins; one more, where the next will. */
  #starts = new Int32Array(256)
  #table = new Int32Array(512).fill(-1)
  count = 0

  get bytes(): number {
    return this.#starts[this.count] as number
  }

  lengthOf(number: number): number {
    return (this.#starts[number + 1] as number) - (this.#starts[number] as number)
  }

  number(source: Uint8Array, from: number, to: number): number {
    const mask = this.#table.length - 1
    for (let slot = hash(source, from, to) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#table[slot] as number
      if (number === -1) return this.#add(source, from, to, slot)
      if (this.#isEqual(number, source, from, to)) return number
    }
  }

  /** Values one after the other, each after its length. */
  plain(numbers: Int32Array): Uint8Array {
    let size = 0
    for (let i = 0; i < numbers.length; i++) size += 4 + this.lengthOf(numbers[i] as number)
    const out = new Uint8Array(size)
    let at = 0
    for (let i = 0; i < numbers.length; i++) {
      const start = this.#starts[numbers[i] as number] as number
      const length = this.lengthOf(numbers[i] as number)
      for (let byte = 0; byte < 4; byte++) out[at + byte] = length >>> (8 * byte)
      if (length < 32) for (let byte = 0; byte < length; byte++) out[at + 4 + byte] = this.#bytes[start + byte] as number
      else out.set(this.#bytes.subarray(start, start + length), at + 4)
      at += 4 + length
    }
    return out
  }

  /** In the order of unsigned bytes, which is that of code points. */
  bounds(): { min: Uint8Array; max: Uint8Array } {
    let [min, max] = [0, 0]
    for (let number = 1; number < this.count; number++) {
      if (this.#isBelow(number, min)) min = number
      if (this.#isBelow(max, number)) max = number
    }
    return { min: this.#value(min), max: this.#value(max) }
  }

  clear(): void {
    this.#table.fill(-1)
    this.count = 0
  }

  #value(number: number): Uint8Array {
    return this.#bytes.slice(this.#starts[number], this.#starts[number + 1])
  }

  #isBelow(a: number, b: number): boolean {
    const [atA, atB] = [this.#starts[a] as number, this.#starts[b] as number]
    const shared = Math.min(this.lengthOf(a), this.lengthOf(b))
    for (let i = 0; i < shared; i++) {
      const difference = (this.#bytes[atA + i] as number) - (this.#bytes[atB + i] as number)
      if (difference !== 0) return difference < 0
    }
    return this.lengthOf(a) < this.lengthOf(b)
  }

  #isEqual(number: number, source: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts[number] as number
    if (this.lengthOf(number) !== to - from) return false
    for (let i = 0; i < to - from; i++) if (this.#bytes[start + i] !== source[from + i]) return false
    return true
  }

  #add(source: Uint8Array, from: number, to: number, slot: number): number {
    const [number, start] = [this.count++, this.#starts[this.count - 1] as number]
    this.#table[slot] = number
    const end = start + to - from
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, end)
    if (number + 2 > this.#starts.length) this.#starts = grown(this.#starts, number + 2)
    this.#bytes.set(source.subarray(from, to), start)
    this.#starts[number + 1] = end
    if (2 * this.count > this.#table.length) this.#rehash()
    return number
  }

  #rehash(): void {
    this.#table = new Int32Array(2 * this.#table.length).fill(-1)
    const mask = this.#table.length - 1
    for (let number = 0; number < this.count; number++) {
      let slot = hash(this.#bytes, this.#starts[number] as number, this.#starts[number + 1] as number) & mask
      while (this.#table[slot] !== -1) slot = (slot + 1) & mask
      this.#table[slot] = number
    }
  }
}

function grown<T extends Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(array: T, size: number): T {
  const larger = new (array.constructor as new (size: number) => T)(roomFor(array.length, size))
  larger.set(array)
  return larger
}

/** FNV-1a, its bits mixed once more: the table takes the low ones. */
function hash(bytes: Uint8Array, from: number, to: number): number {
  let h = 0x811c9dc5
  for (let i = from; i < to; i++) h = Math.imul(h ^ (bytes[i] as number), 0x01000193)
  return Math.imul(h ^ (h >>> 15), 0x85ebca6b) >>> 8
}
