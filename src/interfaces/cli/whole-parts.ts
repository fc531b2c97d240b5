/**
 * A stream of bytes cut where a reader may stop: at lines of text, at messages of Arrow.
 *
 * What is passed on ends with a whole part, so that whoever reads it can use it all when the stream
 * is left before its end.
 */
import { messageHead, metadataSize, PREFIX } from '../../streams/arrow/messages.ts'

export interface WholeParts {
  /** Takes bytes; gives those that end with a whole part. */
  add(bytes: Uint8Array): Uint8Array[]
  /** What makes the parts so far a whole stream. */
  readonly mark: Uint8Array
}

/** Each ends with a line feed. */
export class WholeLines implements WholeParts {
  readonly mark = new Uint8Array(0)
  #held: Uint8Array[] = []

  add(bytes: Uint8Array): Uint8Array[] {
    const end = bytes.lastIndexOf(LINE_FEED) + 1
    const whole = end === 0 ? [] : [...this.#held, bytes.subarray(0, end)]
    this.#held = [...(end === 0 ? this.#held : []), ...(end < bytes.length ? [bytes.subarray(end)] : [])]
    return whole
  }
}

export class WholeMessages implements WholeParts {
  /** https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format */
  readonly mark = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0)
  #held: Uint8Array[] = []
  #size = 0
  /** Bytes that the present message has at least. */
  #needed = PREFIX

  add(bytes: Uint8Array): Uint8Array[] {
    this.#held.push(bytes)
    this.#size += bytes.length
    if (this.#size < this.#needed) return []
    const all = Buffer.concat(this.#held)
    let end = 0
    for (;;) {
      this.#needed = leastSize(all.subarray(end))
      if (end + this.#needed > all.length) break
      end += this.#needed
    }
    this.#held = [all.subarray(end)]
    this.#size = all.length - end
    return [all.subarray(0, end)]
  }
}

const LINE_FEED = 10

/** How long a message is, as far as its bytes tell: all of it once its metadata is here. */
function leastSize(bytes: Uint8Array): number {
  if (bytes.length < PREFIX) return PREFIX
  const size = metadataSize(bytes.subarray(0, PREFIX))
  if (size === undefined) return PREFIX // the mark of the end
  const body = PREFIX + size
  return bytes.length < body ? body : body + messageHead(bytes.subarray(PREFIX, body)).body_bytes
}
