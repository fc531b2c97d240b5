/**
 * The memory that batches hold on to.
 *
 * Columns are often views of one buffer with many batches in it: a batch that is kept keeps all of
 * that buffer.
 */
import type { Data, RecordBatch } from 'apache-arrow'
import { copyBatches } from '../arrow/rows.ts'

export interface Buffers {
  /** Each once. */
  readonly buffers: readonly ArrayBufferLike[]
  /** What the rows need of them. */
  readonly own_bytes: number
}

export function buffersOf(batch: RecordBatch): Buffers {
  const buffers: ArrayBufferLike[] = []
  let own = 0
  const add = (view: ArrayBufferView | null | undefined): void => {
    if (view === undefined || view === null) return
    own += view.byteLength
    if (view.buffer.byteLength > 0 && !buffers.includes(view.buffer)) buffers.push(view.buffer)
  }
  const visit = (data: Data): void => {
    add(data.values as ArrayBufferView | undefined)
    add(data.valueOffsets as ArrayBufferView | undefined)
    add(data.nullBitmap)
    add(data.typeIds as ArrayBufferView | undefined)
    for (const child of data.children) visit(child)
    if (data.dictionary !== undefined) data.dictionary.data.forEach(visit)
  }
  for (const child of batch.data.children) visit(child)
  return { buffers, own_bytes: own }
}

/** Memory held on to, per byte of the rows, above which a copy is cheaper. */
const MOST_HELD = 4

const copies = new WeakMap<RecordBatch, RecordBatch>()

/** The batch, or a copy of it if it holds on to much more than its rows. One copy for all who ask. */
export function ownMemory(batch: RecordBatch): RecordBatch {
  const known = copies.get(batch)
  if (known !== undefined) return known
  const { buffers, own_bytes } = buffersOf(batch)
  const held = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const light = held > MOST_HELD * own_bytes ? copyBatches([batch]) : batch
  copies.set(batch, light)
  return light
}
