/**
 * The Arrow IPC stream format, a message at a time.
 *
 * Each call gives the bytes of what it encodes and keeps nothing but the dictionaries in force:
 * whoever takes the chunks decides when the next batch is encoded. Buffers of columns are passed on
 * as views. Bytes follow from the rows alone, whatever the batch is a slice of.
 * Errors: stream_schema when a batch is of another schema.
 */
import { Data, DataType, Dictionary, List, RecordBatch, RecordBatchStreamWriter, Schema, Struct, Vector, type Field } from 'apache-arrow'
import { exactBits, validBits } from './bits.ts'
import { bytesOf, joinSmall } from './chunks.ts'
import { checkSchema } from './same-schema.ts'

export interface StreamEncoder {
  /** The schema, which a stream begins with. */
  start(): Uint8Array[]
  batch(batch: RecordBatch): Uint8Array[]
  /** The mark of the end. */
  end(): Uint8Array[]
}

export const encodeStream = (schema: Schema): StreamEncoder => new MessageWriter(schema)

/** Chunks below this size are joined: a message has a dozen of a few bytes. */
const SMALL = 8192

class MessageWriter extends RecordBatchStreamWriter implements StreamEncoder {
  readonly #schema: Schema
  #chunks: Uint8Array[] = []

  constructor(schema: Schema) {
    super()
    this.#schema = numbered(schema)
  }

  start(): Uint8Array[] {
    this.reset(undefined, this.#schema)
    return this.#taken()
  }

  batch(batch: RecordBatch): Uint8Array[] {
    checkSchema(batch, this.#schema)
    const children = batch.data.children.map((data, i) => {
      const { type } = this.#schema.fields[i] as { type: DataType }
      return DataType.isDictionary(type) ? withDictionary(data, type, this.#inForce(type.id, data.dictionary as Vector)) : data
    })
    const { length } = batch.data
    const struct = new Data(batch.data.type, 0, length, 0, undefined, children)
    this._writeRecordBatch(new RecordBatch(this.#schema, struct, batch.metadata))
    this._recordBatchBlocks = [] // they would be the footer of a file, and grow with every batch
    this._dictionaryBlocks = []
    return this.#taken()
  }

  end(): Uint8Array[] {
    this._writeFooter(this.#schema)
    return this.#taken()
  }

  protected override _write(chunk: ArrayBufferView): this {
    this.#chunks.push(new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength))
    return this
  }

  protected override _assembleRecordBatch(batch: RecordBatch | Vector): ReturnType<RecordBatchStreamWriter['_assembleRecordBatch']> {
    if (batch instanceof Vector) return super._assembleRecordBatch(new Vector(batch.data.map(plain)))
    const { type, length, children } = batch.data
    return super._assembleRecordBatch(new RecordBatch(batch.schema, new Data(type, 0, length, 0, undefined, children.map(plain))))
  }

  /** The dictionary that readers have already, where the new one is equal to it. */
  #inForce(id: number, dictionary: Vector): Vector {
    const present = this._seenDictionaries.get(id)
    return present !== undefined && isEqual(present, dictionary) ? present : dictionary
  }

  #taken(): Uint8Array[] {
    const chunks = joinSmall(this.#chunks, SMALL)
    this.#chunks = []
    return chunks
  }
}

/**
 * The schema with its dictionaries numbered from 0. As they come, their numbers tell how many
 * dictionaries the process has made so far, and columns of one type share one.
 */
function numbered(schema: Schema): Schema {
  let next = 0
  const visit = (field: Field): Field => {
    const { type } = field
    if (DataType.isDictionary(type)) return field.clone({ type: new Dictionary(type.dictionary, type.indices, next++, type.isOrdered) })
    if (DataType.isStruct(type)) return field.clone({ type: new Struct(type.children.map(visit)) })
    if (DataType.isList(type)) return field.clone({ type: new List(visit(type.children[0] as Field)) })
    return field
  }
  return new Schema(schema.fields.map(visit), schema.metadata)
}

const withDictionary = (data: Data, type: DataType, dictionary: Vector): Data =>
  new Data(type, data.offset, data.length, data.nullCount, data, data.children as Data[], dictionary)

function isEqual(a: Vector, b: Vector): boolean {
  if (a === b) return true
  if (a.length !== b.length || a.data.length !== 1 || b.data.length !== 1) return false
  const [left, right] = [plain(a.data[0] as Data), plain(b.data[0] as Data)]
  return left.children.length === 0 && buffersOf(left).every((buffer, i) => Buffer.compare(buffer, buffersOf(right)[i] as Uint8Array) === 0)
}

const buffersOf = ({ values, valueOffsets, nullBitmap }: Data): Uint8Array[] =>
  [values, valueOffsets, nullBitmap].map((buffer) => (buffer === undefined ? new Uint8Array(0) : bytesOf(buffer as ArrayBufferView)))

/**
 * A column as if it had never been sliced: from bit 0 of its bitmaps, offsets from 0, with the buffers
 * that the format demands even where all is null.
 */
function plain(data: Data): Data {
  const { type, length, nullCount } = data
  if (DataType.isUnion(type) || DataType.isUtf8View(type) || DataType.isBinaryView(type) || DataType.isNull(type)) return data
  const nullBitmap = validBits(data)
  const make = (values: unknown, valueOffsets?: unknown, children: Data[] = []): Data =>
    new Data(type, 0, length, nullCount, [valueOffsets, values, nullBitmap, undefined] as never, children, data.dictionary)

  if (DataType.isBool(type)) return make(exactBits(data.values ?? new Uint8Array(0), data.offset, length))
  if (DataType.isStruct(type)) return make(undefined, undefined, data.children.map((child) => plain(child as Data)))
  if (DataType.isFixedSizeList(type)) {
    const child = data.children[0] as Data
    return make(undefined, undefined, [plain(child.length === length * type.listSize ? child : resized(child, length * type.listSize))])
  }
  const has_offsets = DataType.isUtf8(type) || DataType.isBinary(type) || DataType.isList(type) || DataType.isMap(type)
  if (data.valueOffsets !== undefined || has_offsets) return withOffsets(data, make)
  return make(padded(data, length * data.stride))
}

function withOffsets(data: Data, make: (values: unknown, valueOffsets: unknown, children?: Data[]) => Data): Data {
  const { length } = data
  const given = data.valueOffsets as Int32Array | BigInt64Array | undefined
  if (given === undefined || given.length <= length) { // all null, or no rows
    const isLarge = given instanceof BigInt64Array
    const none = isLarge ? new BigInt64Array(length + 1) : new Int32Array(length + 1)
    return make(new Uint8Array(0), none, data.children.map((child) => plain(resized(child as Data, 0))))
  }
  const offsets = given.subarray(0, length + 1)
  const [begin, end] = [Number(offsets[0]), Number(offsets[length])]
  const rebased = begin === 0 ? offsets : offsets instanceof BigInt64Array ? offsets.map((o) => o - BigInt(begin)) : offsets.map((o) => o - begin)
  if (data.children.length > 0) return make(undefined, rebased, data.children.map((child) => plain((child as Data).slice(begin, end - begin))))
  return make((data.values as Uint8Array).subarray(begin, end), rebased)
}

/** The values of a fixed-width column, with zeros where an absent buffer leaves rows without. */
function padded(data: Data, size: number): unknown {
  const values = data.values as Uint8Array | undefined // or another typed array
  if (values !== undefined && values.length >= size) return values.subarray(0, size)
  const whole = new ((values?.constructor ?? data.type.ArrayType) as Uint8ArrayConstructor)(size)
  if (values !== undefined) whole.set(values)
  return whole
}

/** A column of another length: its first rows, or as many zeros as are missing after it. */
const resized = (data: Data, length: number): Data =>
  data.length > length
    ? data.slice(0, length)
    : new Data(data.type, data.offset, length, data.nullCount, data, data.children as Data[], data.dictionary)
