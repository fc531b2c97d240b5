/**
 * Columns of DuckDB as columns of Arrow.
 *
 * Numbers, dates, times and validity are laid out alike in both, and are views of DuckDB's memory:
 * good as long as the chunk they come from is held. Text, booleans, decimals below 128 bits and
 * lists are copied into Arrow's layout, a vector at a time. HUGEINT becomes decimal128(38, 0).
 * Errors: sql_column for types without a column here (INTERVAL, UUID, MAP, UNION, ...).
 */
import bindings, { type Vector as DuckVector } from '@duckdb/node-bindings'
import {
  Binary, Bool, Data, DateDay, Decimal, Dictionary, Field, FixedSizeList, Float32, Float64, Int16, Int32, Int64, Int8, List, Struct,
  TimeMicrosecond, TimeNanosecond, TimestampMicrosecond, TimestampMillisecond, TimestampNanosecond, TimestampSecond,
  Uint16, Uint32, Uint64, Uint8, Utf8, Vector, type DataType,
} from 'apache-arrow'
import {
  DuckDBTypeId, type DuckDBArrayType, type DuckDBDecimalType, type DuckDBEnumType, type DuckDBListType, type DuckDBStructType, type DuckDBType,
} from '@duckdb/node-api'
import { fail } from '../../../errors.ts'
import { boolColumn, utf8Column } from '../../arrow/columns.ts'
import { isSet } from '../../arrow/bits.ts'
import { joinRuns } from '../../arrow/runs.ts'

/** How a column is read: its type in Arrow, and the first `rows` values of a vector. */
export interface ColumnReader {
  readonly type: DataType
  read(vector: DuckVector, rows: number): Data
}

/** Throws sql_column. `name` is for errors. */
export function columnReader(name: string, type: DuckDBType): ColumnReader {
  const make = READERS[type.typeId]
  if (make === undefined) throw fail('sql_column', { column: name, type: String(type) })
  return make(type, name)
}

type MakeReader = (type: DuckDBType, name: string) => ColumnReader
type TypedArray = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array | BigInt64Array | BigUint64Array
type ArrayClass = { new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray; readonly BYTES_PER_ELEMENT: number }

const validityOf = (vector: DuckVector, rows: number): Uint8Array | undefined =>
  (rows === 0 ? undefined : (bindings.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null) ?? undefined)

function valuesOf<T extends ArrayClass>(Values: T, vector: DuckVector, length: number): InstanceType<T> {
  if (length === 0) return new Values(new ArrayBuffer(0), 0, 0) as InstanceType<T>
  const { buffer, byteOffset } = bindings.vector_get_data(vector, length * Values.BYTES_PER_ELEMENT)
  return new Values(buffer, byteOffset, length) as InstanceType<T>
}

interface Parts {
  readonly offsets?: Int32Array
  readonly values?: ArrayBufferView
  readonly children?: Data[]
  readonly dictionary?: Vector
}

const column = (type: DataType, rows: number, validity: Uint8Array | undefined, { offsets, values, children = [], dictionary }: Parts): Data =>
  new Data(type, 0, rows, validity === undefined ? 0 : -1, [offsets, values, validity] as unknown as Data['buffers'], children, dictionary)

const plain = (type: DataType, Values: ArrayClass): MakeReader => () => ({
  type,
  read: (vector, rows) => column(type, rows, validityOf(vector, rows), { values: valuesOf(Values, vector, rows) }),
})

const bools: MakeReader = () => {
  const type = new Bool()
  return { type, read: (vector, rows) => column(type, rows, validityOf(vector, rows), { values: boolColumn(valuesOf(Uint8Array, vector, rows)).values as Uint8Array }) }
}

/** DuckDB keeps decimals in as many bytes as their width needs, Arrow in 16. */
const decimals: MakeReader = (declared) => {
  const { width, scale } = declared as DuckDBDecimalType
  const type = new Decimal(scale, width, 128)
  const words = width <= 4 ? 0.5 : width <= 9 ? 1 : width <= 18 ? 2 : 4
  return {
    type,
    read(vector, rows) {
      const validity = validityOf(vector, rows)
      if (words === 4) return column(type, rows, validity, { values: valuesOf(Uint32Array, vector, rows * 4) })
      const source = words === 0.5 ? valuesOf(Int16Array, vector, rows) : valuesOf(Int32Array, vector, rows * words)
      const values = new Uint32Array(rows * 4)
      for (let row = 0; row < rows; row++) {
        const [low, high] = words === 2 ? [source[2 * row] as number, source[2 * row + 1] as number] : [source[row] as number, (source[row] as number) >> 31]
        values[4 * row] = low
        values[4 * row + 1] = high
        values[4 * row + 2] = values[4 * row + 3] = high >> 31
      }
      return column(type, rows, validity, { values })
    },
  }
}

const hugeints: MakeReader = () => {
  const type = new Decimal(0, 38, 128)
  return { type, read: (vector, rows) => column(type, rows, validityOf(vector, rows), { values: valuesOf(Uint32Array, vector, rows * 4) }) }
}

/** A string is 16 bytes: its length, then its bytes if they are up to 12, else 4 of them and a pointer to all. */
const bytes = (type: DataType): MakeReader => () => ({
  type,
  read(vector, rows) {
    const validity = validityOf(vector, rows)
    const words = valuesOf(Uint32Array, vector, rows * 4)
    const offsets = new Int32Array(rows + 1)
    for (let row = 0; row < rows; row++) {
      const is_there = validity === undefined || isSet(validity, row)
      offsets[row + 1] = (offsets[row] as number) + (is_there ? (words[4 * row] as number) : 0)
    }
    return column(type, rows, validity, { offsets, values: copyTexts(words, offsets) })
  },
})

const INLINE = 12

function copyTexts(words: Uint32Array, offsets: Int32Array): Uint8Array {
  const values = new Uint8Array(offsets.at(-1) as number)
  const inline = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  const copied = new Map<number, number>() // where the bytes behind a pointer went: entries of a Parquet dictionary share theirs
  for (let row = 0; row < offsets.length - 1; row++) {
    const at = offsets[row] as number
    const length = (offsets[row + 1] as number) - at
    if (length <= INLINE) for (let i = 0; i < length; i++) values[at + i] = inline[16 * row + 4 + i] as number
    else {
      const pointer = (words[4 * row + 2] as number) + (words[4 * row + 3] as number) * 2 ** 32
      const known = copied.get(pointer)
      if (known !== undefined) values.copyWithin(at, known, known + length)
      else {
        values.set(bindings.get_data_from_pointer(words.buffer as ArrayBuffer, words.byteOffset + 16 * row + 8, length), at)
        copied.set(pointer, at)
      }
    }
  }
  return values
}

const enums: MakeReader = (declared) => {
  const { values: words } = declared as DuckDBEnumType
  const [indices, Values] = words.length <= 2 ** 8 ? [new Uint8(), Uint8Array] as const : words.length <= 2 ** 16 ? [new Uint16(), Uint16Array] as const : [new Uint32(), Uint32Array] as const
  const type = new Dictionary(new Utf8(), indices as unknown as Int32)
  const dictionary = new Vector([utf8Column(words)])
  return { type, read: (vector, rows) => column(type, rows, validityOf(vector, rows), { values: valuesOf(Values, vector, rows), dictionary }) }
}

const arrays: MakeReader = (declared, name) => {
  const { valueType, length } = declared as DuckDBArrayType
  const item = columnReader(name, valueType)
  const type = new FixedSizeList(length, new Field('item', item.type, true))
  return { type, read: (vector, rows) => column(type, rows, validityOf(vector, rows), { children: [item.read(bindings.array_vector_get_child(vector), rows * length)] }) }
}

/** A list is an offset and a length, 64 bits each, into the child; lists need not stand in order there. */
const lists: MakeReader = (declared, name) => {
  const item = columnReader(name, (declared as DuckDBListType).valueType)
  const type = new List(new Field('item', item.type, true))
  return {
    type,
    read(vector, rows) {
      const validity = validityOf(vector, rows)
      const words = valuesOf(Uint32Array, vector, rows * 4)
      const start = Uint32Array.from({ length: rows }, (_, row) => words[4 * row] as number)
      const length = Uint32Array.from({ length: rows }, (_, row) => (validity === undefined || isSet(validity, row) ? (words[4 * row + 2] as number) : 0))
      const offsets = new Int32Array(rows + 1)
      length.forEach((items, row) => {
        offsets[row + 1] = (offsets[row] as number) + items
      })
      const child = item.read(bindings.list_vector_get_child(vector), bindings.list_vector_get_size(vector))
      return column(type, rows, validity, { offsets, children: [joinRuns(name, [child], { chunk: new Uint32Array(rows), start, length, rows: offsets[rows] as number })] })
    },
  }
}

const structs: MakeReader = (declared, name) => {
  const { entryNames, entryTypes } = declared as DuckDBStructType
  const entries = entryTypes.map((entry, i) => columnReader(`${name}.${entryNames[i]}`, entry))
  const type = new Struct(entries.map((entry, i) => new Field(entryNames[i] as string, entry.type, true)))
  return {
    type,
    read: (vector, rows) => column(type, rows, validityOf(vector, rows), { children: entries.map((entry, i) => entry.read(bindings.struct_vector_get_child(vector, i), rows)) }),
  }
}

const READERS: Partial<Record<DuckDBTypeId, MakeReader>> = {
  [DuckDBTypeId.BOOLEAN]: bools,
  [DuckDBTypeId.TINYINT]: plain(new Int8(), Int8Array),
  [DuckDBTypeId.SMALLINT]: plain(new Int16(), Int16Array),
  [DuckDBTypeId.INTEGER]: plain(new Int32(), Int32Array),
  [DuckDBTypeId.BIGINT]: plain(new Int64(), BigInt64Array),
  [DuckDBTypeId.UTINYINT]: plain(new Uint8(), Uint8Array),
  [DuckDBTypeId.USMALLINT]: plain(new Uint16(), Uint16Array),
  [DuckDBTypeId.UINTEGER]: plain(new Uint32(), Uint32Array),
  [DuckDBTypeId.UBIGINT]: plain(new Uint64(), BigUint64Array),
  [DuckDBTypeId.HUGEINT]: hugeints,
  [DuckDBTypeId.FLOAT]: plain(new Float32(), Float32Array),
  [DuckDBTypeId.DOUBLE]: plain(new Float64(), Float64Array),
  [DuckDBTypeId.DECIMAL]: decimals,
  [DuckDBTypeId.VARCHAR]: bytes(new Utf8()),
  [DuckDBTypeId.BLOB]: bytes(new Binary()),
  [DuckDBTypeId.ENUM]: enums,
  [DuckDBTypeId.DATE]: plain(new DateDay(), Int32Array),
  [DuckDBTypeId.TIME]: plain(new TimeMicrosecond(), BigInt64Array),
  [DuckDBTypeId.TIME_NS]: plain(new TimeNanosecond(), BigInt64Array),
  [DuckDBTypeId.TIMESTAMP]: plain(new TimestampMicrosecond(), BigInt64Array),
  [DuckDBTypeId.TIMESTAMP_S]: plain(new TimestampSecond(), BigInt64Array),
  [DuckDBTypeId.TIMESTAMP_MS]: plain(new TimestampMillisecond(), BigInt64Array),
  [DuckDBTypeId.TIMESTAMP_NS]: plain(new TimestampNanosecond(), BigInt64Array),
  [DuckDBTypeId.TIMESTAMP_TZ]: plain(new TimestampMicrosecond('UTC'), BigInt64Array),
  [DuckDBTypeId.ARRAY]: arrays,
  [DuckDBTypeId.LIST]: lists,
  [DuckDBTypeId.STRUCT]: structs,
}
