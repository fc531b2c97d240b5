import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Field, Schema, Uint64, type RecordBatch } from 'apache-arrow'
import { decode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { listColumn, recordBatch, uint64Column } from '../../../src/streams/arrow/columns.ts'
import { variableField } from '../../../src/streams/arrow/schemas.ts'
import { imageGrid } from '../../../src/streams/sinks/image-grid.ts'
import { bytesBatch } from '../image-batches.ts'
import { runFolder, writeAll } from './world.ts'
import { PARTICLES } from './rows.ts'

const run = runFolder()
const step = new Field('step', new Uint64(), false)
const schemaOf = (shape: readonly number[]): Schema => new Schema([step, variableField({ name: 'x', shape })])
const GREY = schemaOf([2, 3])

/** Images of one value each. */
function images(schema: Schema, steps: readonly number[], values: readonly number[]): RecordBatch {
  const size = (schema.fields.at(-1)?.type as { listSize?: number }).listSize as number
  const pixels = Float32Array.from({ length: steps.length * size }, (_, i) => values[Math.floor(i / size)] as number)
  return recordBatch(schema, steps.length, [uint64Column(BigUint64Array.from(steps, BigInt)), listColumn(pixels, size)])
}
const png = (name = 'a.png') => decode(readFileSync(path.join(run.folder, name)))
const pixel = (name: string, x: number, y: number): number[] => {
  const { width, channels, data } = png(name)
  return [...data.subarray((y * width + x) * channels, (y * width + x + 1) * channels)]
}

test('the images of the last step, from all its batches, row by row', async () => {
  const batches = [images(GREY, [1, 1], [1, 1]), images(GREY, [2, 2], [0, 0.2]), images(GREY, [2, 2], [0.4, 2])]
  const written = await writeAll(imageGrid({ path: 'a.png' }), GREY, batches, run.context)
  expect(written).toMatchObject({ path: 'a.png', num_rows: 6, bytes: readFileSync(path.join(run.folder, 'a.png')).length })
  expect(png()).toMatchObject({ width: 2 + 2 * (3 + 2), height: 2 + 2 * (2 + 2), channels: 1, depth: 8 })
  expect([pixel('a.png', 2, 2), pixel('a.png', 7, 2), pixel('a.png', 2, 6), pixel('a.png', 9, 7)]).toEqual([[0], [51], [102], [255]])
  expect([pixel('a.png', 0, 0), pixel('a.png', 5, 6), pixel('a.png', 4, 3)]).toEqual([[0], [0], [0]])
})

test('a batch may hold several steps', async () => {
  await writeAll(imageGrid({ path: 'a.png', columns: 3 }), GREY, [images(GREY, [1, 1, 2], [1, 1, 0.2]), images(GREY, [2, 2], [0.4, 0.6])], run.context)
  expect([2, 7, 12].map((x) => pixel('a.png', x, 2)[0])).toEqual([51, 102, 153])
})

test('columns, rows and scale', async () => {
  await writeAll(imageGrid({ path: 'a.png', columns: 2, rows: 1, scale: 3 }), GREY, [images(GREY, [1, 1, 1], [0.2, 0.4, 0.6])], run.context)
  expect(png()).toMatchObject({ width: 3 * (2 + 2 * 5), height: 3 * (2 + 4) })
  expect([pixel('a.png', 6, 6), pixel('a.png', 14, 11), pixel('a.png', 15, 6), pixel('a.png', 21, 6)]).toEqual([[51], [51], [0], [102]])
})

test.each([[3, [51, 51, 51]], [4, [51, 51, 51, 51]]])('%d channels', async (channels, value) => {
  const schema = schemaOf([1, 1, channels])
  await writeAll(imageGrid({ path: 'a.png' }), schema, [images(schema, [1], [0.2])], run.context)
  expect(pixel('a.png', 2, 2)).toEqual(value)
  expect(pixel('a.png', 0, 0)).toEqual(channels === 4 ? [0, 0, 0, 255] : [0, 0, 0])
})

test('NaN and what lies outside of 0 and 1 are clamped', async () => {
  await writeAll(imageGrid({ path: 'a.png', columns: 4 }), GREY, [images(GREY, [1, 1, 1, 1], [NaN, -1, Infinity, -Infinity])], run.context)
  expect([2, 7, 12, 17].map((x) => pixel('a.png', x, 2)[0])).toEqual([0, 0, 255, 0])
})

test('without a step column the last batch is shown', async () => {
  const schema = new Schema([variableField({ name: 'x', shape: [1, 1] })])
  const batch = (value: number): RecordBatch => recordBatch(schema, 1, [listColumn(Float32Array.of(value), 1)])
  await writeAll(imageGrid({ path: 'a.png' }), schema, [batch(0.2), batch(0.4)], run.context)
  expect(pixel('a.png', 2, 2)).toEqual([102])
})

test('bytes are black to white as well', async () => {
  const batch = bytesBatch([[0, 51], [102, 255]], [1, 2])
  await writeAll(imageGrid({ path: 'a.png', columns: 2 }), batch.schema, [batch], run.context)
  expect([2, 3, 6, 7].map((x) => pixel('a.png', x, 2)[0])).toEqual([0, 51, 102, 255])
})

test('a stream without rows is an empty grid', async () => {
  await writeAll(imageGrid({ path: 'a.png' }), GREY, [], run.context)
  expect(png()).toMatchObject({ width: 7, height: 6 })
})

test('the same rows in other batches make the same bytes', async () => {
  const whole = images(GREY, [1, 1, 2, 2, 2, 2], [0, 0.1, 0.2, 0.3, 0.4, 0.5])
  const one = await writeAll(imageGrid({ path: 'a.png' }), GREY, [whole], run.context)
  const many = await writeAll(imageGrid({ path: 'b.png' }), GREY, [whole.slice(0, 3), whole.slice(3, 4), whole.slice(4, 6)], run.context)
  expect(many.sha256).toBe(one.sha256)
})

describe('frames', () => {
  const batches = [5, 10, 15, 20, 25].map((n) => images(GREY, [n], [n / 100]))

  test('are written every so many emitted steps', async () => {
    await writeAll(imageGrid({ path: 'out/a.png', every: 2 }), GREY, batches, run.context)
    expect(run.files()).toEqual(['out/a-frames/step-00000010.png', 'out/a-frames/step-00000020.png', 'out/a.png'])
    expect(pixel('out/a-frames/step-00000010.png', 2, 2)).toEqual([Math.round(0.1 * 255)])
    expect(pixel('out/a.png', 2, 2)).toEqual([Math.round(0.25 * 255)])
  })

  test('are gone after abort', async () => {
    const writer = await imageGrid({ path: 'a.png', every: 1 }).open(GREY, run.context)
    for (const batch of batches) await writer.write(batch)
    expect(existsSync(path.join(run.folder, 'a-frames'))).toBe(false)
    await writer.abort()
    expect(run.files()).toEqual([])
  })
})

describe('errors', () => {
  test('a stream without images', async () => {
    await expect(imageGrid({ path: 'a.png' }).open(PARTICLES, run.context)).rejects.toMatchObject({ code: 'sink_column' })
    const vectors = schemaOf([6])
    await expect(imageGrid({ path: 'a.png' }).open(vectors, run.context)).rejects.toMatchObject({ code: 'sink_column', details: { column: 'x' } })
    const two = schemaOf([1, 1, 2])
    await expect(imageGrid({ path: 'a.png' }).open(two, run.context)).rejects.toMatchObject({ code: 'sink_column' })
  })
})
