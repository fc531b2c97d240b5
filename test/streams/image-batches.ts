/** Images of bytes, as the sources of images lay them out. */
import { Field, FixedSizeList, makeData, Schema, Uint8, type RecordBatch } from 'apache-arrow'
import { recordBatch } from '../../src/streams/arrow/columns.ts'

/** A list column `x` of bytes, with the given shape of one image. */
export function bytesBatch(images: readonly (readonly number[])[], shape: readonly number[] = [images[0]?.length ?? 0]): RecordBatch {
  const size = images[0]?.length ?? 0
  const type = new FixedSizeList(size, new Field('item', new Uint8(), false))
  const data = Uint8Array.from(images.flat())
  const child = makeData({ type: new Uint8(), length: data.length, nullCount: 0, data })
  const schema = new Schema([new Field('x', type, false, new Map([['heatbath.shape', JSON.stringify(shape)]]))])
  return recordBatch(schema, images.length, [makeData({ type, length: images.length, nullCount: 0, child })])
}
