/**
 * Joins runs of rows of one column, out of several chunks, into one column in memory of its own.
 *
 * All types but unions and views, nested ones too. Values are copied as words of their width, list
 * children and characters as the longer runs that they are; dictionaries that differ are united.
 */
import { Data, Type, Vector, type Dictionary, type FixedSizeList } from 'apache-arrow'
import { fail } from '../../errors.ts'
import { copyBits, setBits } from './bits.ts'

/** Run i is `length[i]` rows of chunk `chunk[i]` from row `start[i]` on. */
export interface Runs {
  readonly chunk: Uint32Array
  readonly start: Uint32Array
  readonly length: Uint32Array
  /** All lengths together. */
  readonly rows: number
}

/** The rows of the runs, in order. `name` is for errors: data_column for a type that it does not know. */
export function joinRuns(name: string, chunks: readonly Data[], runs: Runs): Data {
  const type = (chunks[0] as Data).type
  const join = JOIN[type.typeId as Type]
  if (join === undefined) throw fail('data_column', { column: name, problem: `is ${type}, whose rows cannot be picked or joined` })
  return join(name, chunks, runs)
}

type Join = (name: string, chunks: readonly Data[], runs: Runs) => Data

interface Parts {
  readonly offsets?: Int32Array | BigInt64Array
  readonly values?: Data['values']
  readonly children?: Data[]
  readonly dictionary?: Vector
}

function column(chunks: readonly Data[], runs: Runs, { offsets, values, children = [], dictionary }: Parts): Data {
  const validity = joinValidity(chunks, runs)
  const { type } = chunks[0] as Data
  return new Data(type, 0, runs.rows, validity === undefined ? 0 : -1, [offsets, values, validity] as unknown as Data['buffers'], children, dictionary)
}

function joinValidity(chunks: readonly Data[], { chunk, start, length, rows }: Runs): Uint8Array | undefined {
  const bitmaps = chunks.map((data) => (data.nullCount > 0 ? data.nullBitmap : undefined))
  if (bitmaps.every((bitmap) => bitmap === undefined)) return undefined
  const joined = new Uint8Array(Math.ceil(rows / 8))
  let at = 0
  for (let r = 0; r < chunk.length; r++) {
    const c = chunk[r] as number
    const bitmap = bitmaps[c]
    if (bitmap === undefined) setBits(joined, at, length[r] as number)
    else copyBits(bitmap, (chunks[c] as Data).offset + (start[r] as number), joined, at, length[r] as number)
    at += length[r] as number
  }
  return joined
}

const joinNulls: Join = (_, chunks, { rows }) => new Data((chunks[0] as Data).type, 0, rows, rows)

const joinBools: Join = (_, chunks, runs) => {
  const values = new Uint8Array(Math.ceil(runs.rows / 8))
  let at = 0
  for (let r = 0; r < runs.chunk.length; r++) {
    const data = chunks[runs.chunk[r] as number] as Data
    copyBits(data.values as Uint8Array, data.offset + (runs.start[r] as number), values, at, runs.length[r] as number)
    at += runs.length[r] as number
  }
  return column(chunks, runs, { values })
}

type Words = Uint8Array | Uint16Array | Uint32Array
type Values = Words & { readonly constructor: new (length: number) => Words }

const joinFixed: Join = (_, chunks, runs) => {
  const { stride, values: sample } = chunks[0] as Data
  const Values = sample?.constructor ?? (chunks[0] as Data).ArrayType
  const values = new (Values as Values['constructor'])(runs.rows * stride)
  const unit = Math.min(4, values.BYTES_PER_ELEMENT)
  copyWords(wordsOf(values, unit), chunks.map((data) => wordsOf(data.values as Words, unit)), stride * (values.BYTES_PER_ELEMENT / unit), runs)
  return column(chunks, runs, { values })
}

/** Three kinds of arrays, whatever the types: the loops below stay fast. */
function wordsOf(values: Words | undefined, unit: number): Words {
  if (values === undefined) return new Uint8Array(0)
  const { buffer, byteOffset, byteLength } = values
  if (unit === 1) return new Uint8Array(buffer, byteOffset, byteLength)
  return unit === 2 ? new Uint16Array(buffer, byteOffset, byteLength / 2) : new Uint32Array(buffer, byteOffset, byteLength / 4)
}

/** Words of a run above which a call of `set` beats a loop. */
const LONG = 32

function copyWords(to: Words, from: readonly Words[], perRow: number, { chunk, start, length }: Runs): void {
  let at = 0
  for (let r = 0; r < chunk.length; r++) {
    const words = from[chunk[r] as number] as Words
    const first = (start[r] as number) * perRow
    const count = (length[r] as number) * perRow
    if (count > LONG) to.set(words.subarray(first, first + count), at)
    else for (let i = 0; i < count; i++) to[at + i] = words[first + i] as number
    at += count
  }
}

const joinFixedLists: Join = (name, chunks, runs) => {
  const { listSize } = (chunks[0] as Data<FixedSizeList>).type
  const child = joinRuns(name, chunks.map(childOf), {
    chunk: runs.chunk,
    start: runs.start.map((start) => start * listSize),
    length: runs.length.map((length) => length * listSize),
    rows: runs.rows * listSize,
  })
  return column(chunks, runs, { children: [child] })
}

const childOf = (data: Data): Data => data.children[0] as Data

const joinLists: Join = (name, chunks, runs) => {
  const { offsets, inner } = joinOffsets(name, chunks, runs)
  return column(chunks, runs, { offsets, children: [joinRuns(name, chunks.map(childOf), inner)] })
}

const joinBytes: Join = (name, chunks, runs) => {
  const { offsets, inner } = joinOffsets(name, chunks, runs)
  const values = new Uint8Array(inner.rows)
  copyWords(values, chunks.map((data) => data.values as Uint8Array), 1, inner)
  return column(chunks, runs, { offsets, values })
}

/** Offsets of the joined column, and what the runs are in its child or its characters. */
function joinOffsets(name: string, chunks: readonly Data[], { chunk, start, length, rows }: Runs): { offsets: Int32Array | BigInt64Array; inner: Runs } {
  const sources = chunks.map((data) => smallOffsets(data.valueOffsets as Int32Array | BigInt64Array | undefined))
  const offsets = new Float64Array(rows + 1)
  const inner = { chunk, start: new Uint32Array(chunk.length), length: new Uint32Array(chunk.length) }
  let row = 0
  let end = 0
  for (let r = 0; r < chunk.length; r++) {
    const source = sources[chunk[r] as number] as ArrayLike<number>
    const first = start[r] as number
    const begin = source[first] as number
    for (let i = 1; i <= (length[r] as number); i++) offsets[++row] = end + (source[first + i] as number) - begin
    inner.start[r] = begin
    inner.length[r] = (source[first + (length[r] as number)] as number) - begin
    end += inner.length[r] as number
  }
  const is_large = (chunks[0] as Data).type.OffsetArrayType === BigInt64Array as unknown
  if (!is_large && end > MAX_OFFSET) throw fail('data_column', { column: name, problem: `has ${end} bytes or items in one batch, more than its 32-bit offsets reach` })
  return { offsets: is_large ? BigInt64Array.from(offsets, BigInt) : Int32Array.from(offsets), inner: { ...inner, rows: end } }
}

const MAX_OFFSET = 2 ** 31 - 1

function smallOffsets(offsets: Int32Array | BigInt64Array | undefined): ArrayLike<number> {
  if (offsets === undefined || offsets.length === 0) return [0]
  return offsets instanceof Int32Array ? offsets : Float64Array.from(offsets, Number)
}

const joinStructs: Join = (name, chunks, runs) =>
  column(chunks, runs, { children: (chunks[0] as Data).children.map((_, i) => joinRuns(name, chunks.map((data) => data.children[i] as Data), runs)) })

const joinDictionaries: Join = (name, chunks, runs) => {
  const dictionaries = chunks.map((data) => data.dictionary as Vector)
  const first = dictionaries[0] as Vector
  if (dictionaries.every((dictionary) => isSame(dictionary, first))) return column(chunks, runs, { values: joinFixed(name, chunks, runs).values, dictionary: first })
  const { dictionary, maps } = unite(name, dictionaries)
  const Indices = (chunks[0] as Data<Dictionary>).type.indices.ArrayType as new (length: number) => Words
  const values = new Indices(runs.rows)
  if (dictionary.length > limitOf(values)) {
    throw fail('data_column', { column: name, problem: `has ${dictionary.length} categories in one batch, more than its dictionary indices reach` })
  }
  let at = 0
  for (let r = 0; r < runs.chunk.length; r++) {
    const c = runs.chunk[r] as number
    const [map, indices] = [maps[c] as Uint32Array, (chunks[c] as Data).values as Words]
    for (let i = runs.start[r] as number, end = i + (runs.length[r] as number); i < end; i++) values[at++] = map[indices[i] as number] ?? 0 // a null's index is anything
  }
  return column(chunks, runs, { values, dictionary })
}

const isSame = (a: Vector, b: Vector): boolean => a === b || (a.data.length === b.data.length && a.data.every((data, i) => data === b.data[i]))

const limitOf = (indices: Words): number => 2 ** (8 * indices.BYTES_PER_ELEMENT - (/^Int/.test(indices.constructor.name) ? 1 : 0))

/** One dictionary of the values of all, and for each of them where its entries went. The first keeps its own order. */
function unite(name: string, dictionaries: readonly Vector[]): { dictionary: Vector; maps: Uint32Array[] } {
  const numbers = new Map<unknown, number>()
  const chunks: Data[] = []
  const picks: { chunk: number; start: number }[] = []
  const maps = dictionaries.map((dictionary) => {
    const map = new Uint32Array(dictionary.length)
    let at = 0
    for (const data of dictionary.data) {
      const vector = new Vector([data])
      for (let row = 0; row < data.length; row++) {
        const value: unknown = vector.get(row)
        const number = numbers.get(value) ?? numbers.size
        if (number === numbers.size) {
          numbers.set(value, number)
          picks.push({ chunk: chunks.length, start: row })
        }
        map[at++] = number
      }
      chunks.push(data)
    }
    return map
  })
  const runs = {
    chunk: Uint32Array.from(picks, ({ chunk }) => chunk),
    start: Uint32Array.from(picks, ({ start }) => start),
    length: new Uint32Array(picks.length).fill(1),
    rows: picks.length,
  }
  const [first] = dictionaries
  const has_new = first === undefined || picks.length > first.length
  return { dictionary: has_new ? new Vector([joinRuns(name, chunks, runs)]) : first, maps }
}

const JOIN: Partial<Record<Type, Join>> = {
  [Type.Null]: joinNulls,
  [Type.Bool]: joinBools,
  [Type.Int]: joinFixed,
  [Type.Float]: joinFixed,
  [Type.Decimal]: joinFixed,
  [Type.Date]: joinFixed,
  [Type.Time]: joinFixed,
  [Type.Timestamp]: joinFixed,
  [Type.Duration]: joinFixed,
  [Type.Interval]: joinFixed,
  [Type.FixedSizeBinary]: joinFixed,
  [Type.Utf8]: joinBytes,
  [Type.LargeUtf8]: joinBytes,
  [Type.Binary]: joinBytes,
  [Type.LargeBinary]: joinBytes,
  [Type.List]: joinLists,
  [Type.LargeList]: joinLists,
  [Type.Map]: joinLists,
  [Type.FixedSizeList]: joinFixedLists,
  [Type.Struct]: joinStructs,
  [Type.Dictionary]: joinDictionaries,
}
