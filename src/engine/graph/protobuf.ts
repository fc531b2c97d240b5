/**
 * Writes protocol buffer messages, field by field.
 *
 * Chunks are kept as they come and joined once, so that a large constant is never copied byte by byte.
 */
export class Message {
  readonly #chunks: Uint8Array[] = []
  #length = 0

  int(field: number, value: number | bigint): this {
    return this.#varint(field << 3).#varint(value)
  }

  float(field: number, value: number): this {
    const bytes = Buffer.alloc(4)
    bytes.writeFloatLE(value)
    return this.#varint((field << 3) | 5).#push(bytes)
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#varint((field << 3) | 2).#varint(value.length).#push(value)
  }

  string(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value))
  }

  message(field: number, value: Message): this {
    this.#varint((field << 3) | 2).#varint(value.#length)
    for (const chunk of value.#chunks) this.#push(chunk)
    return this
  }

  entry(field: number, key: string, value: Message): this {
    return this.message(field, new Message().string(1, key).message(2, value))
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#chunks, this.#length)
  }

  #push(chunk: Uint8Array): this {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    return this
  }

  #varint(value: number | bigint): this {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 127n) {
      bytes.push(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    return this.#push(Uint8Array.from(bytes))
  }
}
