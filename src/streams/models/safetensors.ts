/**
 * The safetensors format: named arrays after a JSON header.
 *
 *   8 bytes: n, little-endian | n bytes: JSON {name: {dtype, shape, data_offsets: [begin, end]}} | data
 *
 * Written so that the data begin at a multiple of 8, arrays in the order given, without gaps.
 * Read with suspicion, as the file may come from anywhere: sizes are checked before anything is
 * taken, arrays must cover the data exactly, only float32 is taken.
 * Errors: model_file_invalid, naming the place.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { float32, type HostArray } from '../../engine/index.ts'
import { sizeOf } from '../../engine/array.ts'
import { bytesOf } from '../arrow/chunks.ts'

export interface Tensors {
  readonly metadata: Readonly<Record<string, string>>
  readonly arrays: ReadonlyMap<string, HostArray>
}

const MAX_HEADER = 100_000_000
const METADATA = '__metadata__'

/** The file, in chunks: the header, then the arrays themselves. */
export function encodeSafetensors({ metadata, arrays }: Tensors): Uint8Array[] {
  const entries: [string, unknown][] = [[METADATA, metadata]]
  let at = 0
  for (const [name, { shape, data }] of arrays) {
    entries.push([name, { dtype: 'F32', shape, data_offsets: [at, (at += data.byteLength)] }])
  }
  const text = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const header = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ')
  header.writeBigUInt64LE(BigInt(header.length - 8))
  text.copy(header, 8)
  return [header, ...[...arrays.values()].map(({ data }) => bytesOf(data))]
}

const Entry = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()).max(32),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
})

export function decodeSafetensors(bytes: Uint8Array): Tensors {
  const { [METADATA]: metadata, ...entries } = headerOf(bytes)
  const data = bytesOf(bytes).subarray(8 + headerSize(bytes)) // a Buffer's slice would be no copy
  const described = Object.entries(entries).map(([name, value]) => ({ name, ...entryOf(name, value, data.length) }))
  checkCover(described, data.length)
  return {
    metadata: metadataOf(metadata),
    arrays: new Map(described.map(({ name, shape, data_offsets: [begin, end] }) => [name, arrayOf(shape, data.slice(begin, end))])),
  }
}

const arrayOf = (shape: readonly number[], bytes: Uint8Array<ArrayBuffer>): HostArray => float32(shape, new Float32Array(bytes.buffer))

function headerSize(bytes: Uint8Array): number {
  if (bytes.length < 8) throw invalid('the length of its header', `the file has ${bytes.length} bytes`)
  const size = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  if (size > BigInt(MAX_HEADER)) throw invalid('the length of its header', `${size} bytes are more than ${MAX_HEADER}`)
  if (size > BigInt(bytes.length - 8)) throw invalid('its header', `it is cut off: ${bytes.length - 8} of ${size} bytes are there`)
  return Number(size)
}

function headerOf(bytes: Uint8Array): Record<string, unknown> {
  const text = bytes.subarray(8, 8 + headerSize(bytes))
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch (error) {
    throw invalid('its header', 'it is not JSON', error)
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw invalid('its header', 'it is not an object')
  return header as Record<string, unknown>
}

function entryOf(name: string, value: unknown, length: number): z.output<typeof Entry> {
  const place = `array ${name}`
  const parsed = Entry.safeParse(value)
  if (!parsed.success) throw invalid(place, parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  const { dtype, shape, data_offsets: [begin, end] } = parsed.data
  if (dtype !== 'F32') throw invalid(place, `its dtype is ${dtype}, not F32`)
  if (end > length) throw invalid(place, `it ends at byte ${end} of ${length}: the file is cut off, or not whole`)
  if (end - begin !== 4 * sizeOf(shape)) throw invalid(place, `${end - begin} bytes for shape [${shape.join(', ')}]`)
  return parsed.data
}

/** Arrays one after the other, from the first byte to the last: no overlap, and no place to hide anything. */
function checkCover(described: readonly (z.output<typeof Entry> & { readonly name: string })[], length: number): void {
  let at = 0
  const inOrder = [...described].sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1])
  for (const { name, data_offsets: [begin, end] } of inOrder) {
    if (begin < at) throw invalid(`array ${name}`, `it overlaps the one before it at byte ${begin}`)
    if (begin > at) throw invalid(`array ${name}`, `bytes ${at} to ${begin} before it belong to no array`)
    at = end
  }
  if (at !== length) throw invalid('its end', `${length - at} bytes belong to no array`)
}

function metadataOf(value: unknown): Record<string, string> {
  const parsed = z.record(z.string(), z.string()).optional().safeParse(value)
  if (!parsed.success) throw invalid('its metadata', 'they are not texts')
  return parsed.data ?? {}
}

const invalid = (place: string, problem: string, cause?: unknown) => fail('model_file_invalid', { place, problem }, cause)
