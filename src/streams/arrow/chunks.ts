/** Bytes in pieces, as encoders give them and files take them. */

/** Joins neighbours below `size` bytes; leaves the others as they are. */
export function joinSmall(chunks: readonly Uint8Array[], size: number): Uint8Array[] {
  const joined: Uint8Array[] = []
  let small: Uint8Array[] = []
  const flush = (): void => {
    if (small.length > 0) joined.push(small.length === 1 ? (small[0] as Uint8Array) : Buffer.concat(small))
    small = []
  }
  for (const chunk of chunks) {
    if (chunk.length < size) {
      if (chunk.length > 0) small.push(chunk)
      continue
    }
    flush()
    joined.push(chunk)
  }
  flush()
  return joined
}

/** The bytes that a typed array shows. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)
