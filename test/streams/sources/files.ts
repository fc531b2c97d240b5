/** Files of images, small ones, for sources to read. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { encode } from 'fast-png'

/** An IDX file of bytes. */
export function idx(shape: readonly number[], values: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.writeUInt32BE(0x0800 + shape.length, 0)
  shape.forEach((extent, i) => header.writeUInt32BE(extent, 4 + 4 * i))
  return Buffer.concat([header, Uint8Array.from(values)])
}

/** The two files of a split, named as MNIST's are. */
export async function writeIdx(folder: string, prefix: 'train' | 't10k', { shape, images, labels }: { readonly shape: readonly number[]; readonly images: Uint8Array; readonly labels: Uint8Array }): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, `${prefix}-images-idx3-ubyte`), idx([labels.length, ...shape], images))
  await writeFile(path.join(folder, `${prefix}-labels-idx1-ubyte`), idx([labels.length], labels))
}

/** A PNG file, each pixel the same unless more are given. */
export async function writePicture(file: string, width: number, height: number, pixels: readonly number[], channels = 3): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => pixels[i % pixels.length] as number)
  await writeFile(file, encode({ width, height, data, channels, depth: 8 }))
}
