/**
 * FlightData: one message of an Arrow stream each, encoded straight from its pieces.
 *
 *   key | length | bytes, for the header (2), our own metadata (3) and the body (1000)
 */
import { messagesIn, type ArrowMessage } from '../../../streams/arrow/messages.ts'
import { DATA_FIELDS } from './protocol.ts'

/** The messages in bytes that an encoder gave, each encoded when it is asked for. */
export function* flightMessages(chunks: readonly Uint8Array[], appMetadata?: string): Generator<Buffer, void, undefined> {
  for (const message of messagesIn(chunks)) yield flightData(message, appMetadata)
}

function flightData({ metadata, body }: ArrowMessage, appMetadata?: string): Buffer {
  const size = body.reduce((sum, { length }) => sum + length, 0)
  const own = appMetadata === undefined ? undefined : Buffer.from(appMetadata)
  return Buffer.concat([
    ...bytesField(DATA_FIELDS.header, [metadata], metadata.length),
    ...(own === undefined ? [] : bytesField(DATA_FIELDS.app_metadata, [own], own.length)),
    ...bytesField(DATA_FIELDS.body, body, size),
  ])
}

/** Wire type 2: a length, then so many bytes. */
const bytesField = (number: number, pieces: readonly Uint8Array[], size: number): Uint8Array[] => [varint(number * 8 + 2), varint(size), ...pieces]

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let left = value
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80)
  bytes.push(left)
  return Uint8Array.from(bytes)
}
