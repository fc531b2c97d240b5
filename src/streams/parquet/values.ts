/** The values of a column chunk: those that are there, nulls left out. */
import type { Data } from 'apache-arrow'
import type { Statistics } from 'hyparquet'

type Bound = NonNullable<Statistics['min_value']>

export interface MinMax {
  readonly min: Bound
  readonly max: Bound
}

export interface Values {
  readonly length: number
  /** Takes rows [from, from + count) of a column, all of them there. */
  append(data: Data, from: number, count: number): void
  /** Decides how the values are written, which follows from them alone. */
  encode(wants_split: boolean): Encoded
  /** Forgets all. */
  clear(): void
}

export interface Encoded {
  readonly encoding: 'PLAIN' | 'RLE' | 'RLE_DICTIONARY' | 'DELTA_BINARY_PACKED' | 'BYTE_STREAM_SPLIT'
  readonly dictionary?: { readonly bytes: Uint8Array; readonly count: number }
  readonly bounds?: MinMax
  readonly nan_count?: bigint
  /** Values [from, to) as bytes. */
  page(from: number, to: number): Uint8Array
  /** How many values from `from` on make a page of about so many bytes; at least 1. */
  fit(from: number, bytes: number): number
}

/** Twice the room, at least `size`. */
export const roomFor = (present: number, size: number): number => Math.max(size, 2 * present, 1024)

/** A run-length run of the hybrid encoding: its header, and the value in so many bytes. */
export function appendRun(out: number[], length: number, value: number, bytes: number): void {
  appendVarint(out, length * 2)
  for (let i = 0; i < bytes; i++) out.push((value >>> (8 * i)) & 0xff)
}

export function appendVarint(out: number[], value: number): void {
  let left = value
  for (; left >= 0x80; left = Math.floor(left / 0x80)) out.push((left % 0x80) | 0x80)
  out.push(left)
}

export const bitWidthOf = (count: number): number => 32 - Math.clz32(Math.max(0, count - 1))
