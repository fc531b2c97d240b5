/**
 * Compression of pages.
 *
 * Snappy runs here and first tries a part of the page: numbers that are mostly noise do not get
 * smaller. The others run in threads of their own.
 */
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { fail } from '../../errors.ts'

export const COMPRESSIONS = ['snappy', 'uncompressed', 'zstd', 'gzip'] as const
export type Compression = (typeof COMPRESSIONS)[number]

export interface Codec {
  readonly name: 'UNCOMPRESSED' | 'SNAPPY' | 'ZSTD' | 'GZIP'
  /** Whether it finds more in floats whose bytes are grouped by place. */
  readonly wants_split: boolean
  /** Absent where nothing is gained. */
  compress?(bytes: Uint8Array): Promise<Uint8Array> | Uint8Array
}

type Compress = (bytes: Uint8Array, options: zlib.ZlibOptions, done: (error: Error | null, result: Buffer) => void) => void

/** Throws sink_compression for one that this Node does not have. */
export function codecOf(compression: Compression): Codec {
  switch (compression) {
    case 'uncompressed': return PLAIN
    case 'snappy': return { name: 'SNAPPY', wants_split: false, compress: snappy }
    case 'gzip': {
      const gzip = promisify(zlib.gzip as Compress)
      return { name: 'GZIP', wants_split: true, compress: (bytes) => gzip(bytes, { level: GZIP_LEVEL }) }
    }
    case 'zstd': {
      const { zstdCompress } = zlib as { zstdCompress?: Compress }
      if (zstdCompress === undefined) throw fail('sink_compression', { compression, node: process.version })
      const zstd = promisify(zstdCompress)
      return { name: 'ZSTD', wants_split: true, compress: (bytes) => zstd(bytes, {}) }
    }
  }
}

export const PLAIN: Codec = { name: 'UNCOMPRESSED', wants_split: false }

/** Within 2 % of the size of level 6 on particles, in a third of the time. */
const GZIP_LEVEL = 1

/** What must be gained, else readers work for nothing. */
export const WORTH = 0.9
const SAMPLE = 16_384

function snappy(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= 2 * SAMPLE) return snappyCompress(bytes)
  const sample = bytes.subarray(0, SAMPLE)
  return snappyCompress(sample).length > WORTH * SAMPLE ? bytes : snappyCompress(bytes)
}
