import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Field, Float32, Schema, tableFromIPC, Uint64, type RecordBatch } from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import { float32Column, recordBatch, uint64Column } from '../../../src/streams/arrow/columns.ts'
import { ndjson } from '../../../src/streams/arrow/text.ts'
import { arrowFile } from '../../../src/streams/sinks/arrow-file.ts'
import { needs } from '../../needs.ts'
import { cut, everyType, particles, PARTICLES } from './rows.ts'
import { python, runFolder, writeAll } from './world.ts'

const run = runFolder()
const bytesOf = (name = 'a.arrows'): Buffer => readFileSync(path.join(run.folder, name))
const sizesOf = (name = 'a.arrows'): number[] => tableFromIPC(bytesOf(name)).batches.map(({ numRows }) => numRows)

const METRICS = new Schema([new Field('step', new Uint64(), false), new Field('loss', new Float32(), false)])
/** Training rows, in batches as large as a machine may have been fast. */
function metrics(sizes: readonly number[]): RecordBatch[] {
  let step = 0
  return sizes.map((size) => {
    const steps = Array.from({ length: size }, () => ++step)
    return recordBatch(METRICS, size, [uint64Column(BigUint64Array.from(steps, BigInt)), float32Column(Float32Array.from(steps, (n) => 1 / n))])
  })
}

test('gives back the rows, a batch for each step, with its size and sum', async () => {
  const batches = particles(3, 100)
  const written = await writeAll(arrowFile({ path: 'out/a.arrows' }), PARTICLES, batches, run.context)
  const bytes = bytesOf('out/a.arrows')
  expect(written).toEqual({ path: 'out/a.arrows', num_rows: 300, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  const table = tableFromIPC(bytes)
  expect(table.batches.map(({ numRows }) => numRows)).toEqual([100, 100, 100])
  expect(table.batches.map(ndjson)).toEqual(batches.map(ndjson))
  expect(Object.fromEntries(table.schema.metadata)).toEqual({ 'heatbath.pipeline': 'test', 'heatbath.seed': '7' })
})

test('an empty stream is an empty file', async () => {
  await writeAll(arrowFile({ path: 'a.arrows' }), PARTICLES, [], run.context)
  expect(tableFromIPC(bytesOf()).schema.names).toEqual(PARTICLES.names)
})

describe('small batches', () => {
  test('are joined to 1024 rows', async () => {
    await writeAll(arrowFile({ path: 'a.arrows' }), PARTICLES, particles(110, 10), run.context)
    expect(sizesOf()).toEqual([1024, 76])
  })

  test('end where a large one comes', async () => {
    const [large] = particles(1, 64) as [RecordBatch]
    await writeAll(arrowFile({ path: 'a.arrows' }), PARTICLES, [...particles(3, 10), large, ...particles(1, 5)], run.context)
    expect(sizesOf()).toEqual([30, 64, 5])
  })

  test('of every type make the same bytes however they came', async () => {
    const whole = everyType(1500)
    await writeAll(arrowFile({ path: 'a.arrows' }), whole.schema, cut(whole, 7), run.context)
    await writeAll(arrowFile({ path: 'b.arrows' }), whole.schema, cut(whole, 63), run.context)
    expect(bytesOf('a.arrows').equals(bytesOf('b.arrows'))).toBe(true)
    expect(tableFromIPC(bytesOf()).batches.map(ndjson).join('')).toBe(ndjson(whole))
  })

  test('of training make the same bytes however fast the machine was', async () => {
    await writeAll(arrowFile({ path: 'a.arrows' }), METRICS, metrics([1, 256, 80, 1300, 3]), run.context)
    await writeAll(arrowFile({ path: 'b.arrows' }), METRICS, metrics([1640]), run.context)
    expect(sizesOf()).toEqual([1024, 616])
    expect(bytesOf('a.arrows').equals(bytesOf('b.arrows'))).toBe(true)
  })
})

describe('other readers', () => {
  needs('python')

  test('pyarrow, polars and DuckDB read it', async () => {
    const whole = everyType(1000)
    await writeAll(arrowFile({ path: 'a.arrows' }), whole.schema, cut(whole, 100), run.context)
    expect(python('read_stream.py', path.join(run.folder, 'a.arrows'))).toEqual({ rows: 1000, polars: true, duckdb: true })
  })
})
