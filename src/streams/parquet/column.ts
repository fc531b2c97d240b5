/** A column of the row group that is being filled: its levels and its values. */
import { DataType, type Data } from 'apache-arrow'
import { isSet, validBits } from '../arrow/bits.ts'
import { BooleanValues } from './booleans.ts'
import { encodeChunk, type Chunk } from './chunk.ts'
import type { Codec } from './codecs.ts'
import type { Leaf } from './leaves.ts'
import { depthOf, FlatLevels, ListLevels, type Levels } from './levels.ts'
import { NumberValues } from './numbers.ts'
import type { Shape } from './schema.ts'
import { TextValues } from './texts.ts'
import type { Values } from './values.ts'
import { WideDecimals } from './wide-decimals.ts'

export interface Column {
  /** Takes rows [from, from + rows) of a batch's column. */
  append(data: Data, from: number, rows: number): void
  /** What was taken since the last call. */
  encode(codec: Codec): Promise<Chunk>
}

export const columnOf = (shape: Shape): Column => (shape.list === undefined ? new FlatColumn(shape) : new ListColumn(shape, shape.list))

function valuesOf(leaf: Leaf): Values {
  switch (leaf.held) {
    case 'bits': return new BooleanValues()
    case 'bytes': return new TextValues()
    case 'decimals': return new WideDecimals(leaf.element.type_length as number)
    default: return new NumberValues(leaf, leaf.held)
  }
}

async function encode(shape: Shape, levels: Levels, values: Values, codec: Codec): Promise<Chunk> {
  const chunk = await encodeChunk(shape, levels, values.encode(codec.wants_split), codec)
  levels.clear()
  values.clear()
  return chunk
}

class FlatColumn implements Column {
  readonly #shape: Shape
  readonly #levels: FlatLevels
  readonly #values: Values

  constructor(shape: Shape) {
    this.#shape = shape
    this.#levels = new FlatLevels(shape.is_nullable)
    this.#values = valuesOf(shape.leaf)
  }

  append(data: Data, from: number, rows: number): void {
    if (DataType.isNull(data.type)) return this.#levels.append(rows, new Uint8Array((rows + 7) >> 3), 0)
    const valid = validBits(data)
    this.#levels.append(rows, valid, from)
    if (valid === undefined) this.#values.append(data, from, rows)
    else appendRuns(this.#values, data, valid, from, from + rows)
  }

  encode(codec: Codec): Promise<Chunk> {
    return encode(this.#shape, this.#levels, this.#values, codec)
  }
}

class ListColumn implements Column {
  readonly #shape: Shape
  readonly #levels: ListLevels
  readonly #values: Values

  constructor(shape: Shape, list: NonNullable<Shape['list']>) {
    this.#shape = shape
    this.#levels = new ListLevels(depthOf(shape.is_nullable, list.is_nullable))
    this.#values = valuesOf(shape.leaf)
  }

  append(data: Data, from: number, rows: number): void {
    const items = data.children[0] as Data
    const [valid, validItems] = [validBits(data), validBits(items)]
    const startOf = this.#starts(data)
    for (let row = from; row < from + rows; row++) {
      const [begin, end] = [startOf(row), startOf(row + 1)]
      if (valid !== undefined && !isSet(valid, row)) this.#levels.appendNone(0)
      else if (validItems === undefined) this.#levels.appendFull(end - begin)
      else if (begin === end) this.#levels.appendFull(0)
      else this.#levels.appendItems(Array.from({ length: end - begin }, (_, i) => isSet(validItems, begin + i)))
      if (valid !== undefined && isSet(valid, row)) this.#appendItems(items, validItems, begin, end)
    }
    if (valid === undefined) this.#appendItems(items, validItems, startOf(from), startOf(from + rows))
  }

  encode(codec: Codec): Promise<Chunk> {
    return encode(this.#shape, this.#levels, this.#values, codec)
  }

  #appendItems(items: Data, valid: Uint8Array | undefined, begin: number, end: number): void {
    if (valid === undefined) this.#values.append(items, begin, end - begin)
    else appendRuns(this.#values, items, valid, begin, end)
  }

  #starts(data: Data): (row: number) => number {
    const size = this.#shape.list?.size
    const offsets = data.valueOffsets as Int32Array
    return size === undefined ? (row) => offsets[row] as number : (row) => row * size
  }
}

/** Rows [from, to) that are there, a run of them at a time. */
function appendRuns(values: Values, data: Data, valid: Uint8Array, from: number, to: number): void {
  for (let at = skip(valid, from, to, 0); at < to;) {
    const end = skip(valid, at, to, 0xff)
    values.append(data, at, end - at)
    at = skip(valid, end, to, 0)
  }
}

/** The first bit from `at` on that is not like those of `byte`, whose bits are all alike. */
function skip(bits: Uint8Array, at: number, to: number, byte: number): number {
  let next = at
  while (next < to && isSet(bits, next) === (byte !== 0)) next += (next & 7) === 0 && bits[next >> 3] === byte ? 8 : 1
  return Math.min(next, to)
}
