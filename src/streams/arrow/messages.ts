/**
 * Messages of an Arrow IPC stream, by what stands before each: four bytes of ones, the length of its
 * metadata, the metadata, which tells the length of its body.
 *
 *   FF FF FF FF | int32 size | metadata [size] | body [body_bytes]
 *
 * https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
 */
import { Message } from 'apache-arrow'

/** Bytes before the metadata. */
export const PREFIX = 8

/** The length of the metadata; undefined at the mark of the end. */
export function metadataSize(prefix: Uint8Array): number | undefined {
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength)
  const size = view.getInt32(4, true)
  if (view.getInt32(0, true) !== -1 || size < 0) throw new RangeError('no message of Arrow begins here')
  return size === 0 ? undefined : size
}

export interface MessageHead {
  readonly kind: 'schema' | 'dictionary' | 'batch'
  readonly body_bytes: number
  /** Of a batch; else 0. */
  readonly rows: number
}

export function messageHead(metadata: Uint8Array): MessageHead {
  const message = Message.decode(metadata)
  const kind = message.isSchema() ? 'schema' : message.isDictionaryBatch() ? 'dictionary' : 'batch'
  return { kind, body_bytes: message.bodyLength, rows: message.isRecordBatch() ? message.header().length : 0 }
}

export interface ArrowMessage {
  readonly metadata: Uint8Array
  readonly body: readonly Uint8Array[]
}

/** The messages in bytes that an encoder gave, however they are cut; the mark of the end is none. */
export function* messagesIn(chunks: readonly Uint8Array[]): Generator<ArrowMessage, void, undefined> {
  const take = taker(chunks)
  for (;;) {
    const prefix = whole(take(PREFIX))
    const size = prefix.length < PREFIX ? undefined : metadataSize(prefix)
    if (size === undefined) return
    const metadata = whole(take(size))
    yield { metadata, body: take(messageHead(metadata).body_bytes) }
  }
}

/** Gives the next so many bytes, in pieces. */
function taker(chunks: readonly Uint8Array[]): (size: number) => Uint8Array[] {
  let [chunk, at] = [0, 0]
  return (size) => {
    const pieces: Uint8Array[] = []
    for (let left = size; left > 0 && chunk < chunks.length;) {
      const piece = (chunks[chunk] as Uint8Array).subarray(at, at + left)
      if (piece.length > 0) pieces.push(piece)
      left -= piece.length
      at += piece.length
      if (at === chunks[chunk]?.length) [chunk, at] = [chunk + 1, 0]
    }
    return pieces
  }
}

const whole = (pieces: readonly Uint8Array[]): Uint8Array => (pieces.length === 1 ? pieces[0] as Uint8Array : Buffer.concat(pieces))
