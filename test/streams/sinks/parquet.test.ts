import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DuckDBConnection } from '@duckdb/node-api'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { tableFromArrays, type RecordBatch, type Schema } from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import { encodeStream } from '../../../src/streams/arrow/ipc.ts'
import { parquet } from '../../../src/streams/sinks/parquet.ts'
import { needs } from '../../needs.ts'
import { cut, everyType, particles, PARTICLES, wide } from './rows.ts'
import { python, runFolder, writeAll } from './world.ts'

const run = runFolder()
const read = (name: string): Buffer => readFileSync(path.join(run.folder, name))
const sha256 = (...files: readonly Buffer[]): string => files.reduce((hash, file) => hash.update(file), createHash('sha256')).digest('hex')
const asBuffer = (bytes: Buffer): ArrayBuffer => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer

describe('one file', () => {
  test('gives back the rows, its size and its sum', async () => {
    const batches = particles(5, 1000)
    const written = await writeAll(parquet({ path: 'out/samples.parquet' }), PARTICLES, batches, run.context)
    const bytes = read('out/samples.parquet')
    expect(written).toEqual({ path: 'out/samples.parquet', num_rows: 5000, bytes: bytes.length, sha256: sha256(bytes) })
    expect(run.files()).toEqual(['out/samples.parquet'])
    const rows = await parquetReadObjects({ file: asBuffer(bytes) })
    const expected = batches.flatMap((batch) => batch.toArray().map((row) => row?.toJSON()))
    expect(rows).toEqual(expected)
  })

  test('says where the rows come from', async () => {
    await writeAll(parquet({ path: 'a.parquet' }), PARTICLES, particles(1, 10), run.context)
    const { key_value_metadata } = parquetMetadata(asBuffer(read('a.parquet')))
    expect(Object.fromEntries((key_value_metadata ?? []).map(({ key, value }) => [key, value]))).toMatchObject({ 'heatbath.pipeline': 'test', 'heatbath.seed': '7' })
  })

  test('of a stream without rows tells the columns', async () => {
    const written = await writeAll(parquet({ path: 'a.parquet' }), PARTICLES, [], run.context)
    expect(written.num_rows).toBe(0)
    expect(parquetMetadata(asBuffer(read('a.parquet'))).schema.slice(1).map(({ name }) => name)).toEqual(PARTICLES.names)
  })
})

describe('bytes follow from the rows alone', () => {
  const whole = everyType(3000)
  const bytesIn = async (batches: readonly RecordBatch[], name: string): Promise<Buffer> => {
    await writeAll(parquet({ path: name, row_group_rows: 700 }), whole.schema, batches, run.context)
    return read(name)
  }

  test('not from the sizes of the batches', async () => {
    const one = await bytesIn([whole], 'one.parquet')
    for (const rows of [1, 7, 64, 999]) expect(sha256(await bytesIn(cut(whole, rows), `cut-${rows}.parquet`))).toBe(sha256(one))
  })

  test('not from the folder they are in, nor from the time', async () => {
    const options = { rows_per_file: 1000, row_group_rows: 300 }
    const first = await writeAll(parquet({ path: 'a', ...options }), whole.schema, cut(whole, 64), run.context)
    const second = await writeAll(parquet({ path: 'b', ...options }), whole.schema, cut(whole, 1500), run.context)
    expect(second.sha256).toBe(first.sha256)
  })
})

describe('a folder', () => {
  test('has a part for every so many rows', async () => {
    const written = await writeAll(parquet({ path: 'samples', rows_per_file: 1500 }), PARTICLES, particles(4, 1000), run.context)
    expect(run.files()).toEqual(['samples/part-00000.parquet', 'samples/part-00001.parquet', 'samples/part-00002.parquet'])
    const parts = run.files().map(read)
    expect(parts.map((part) => Number(parquetMetadata(asBuffer(part)).num_rows))).toEqual([1500, 1500, 1000])
    expect(written).toEqual({ path: 'samples', num_rows: 4000, bytes: parts.reduce((sum, { length }) => sum + length, 0), sha256: sha256(...parts) })
  })

  test('has no empty part at its end, and one part if there are no rows', async () => {
    await writeAll(parquet({ path: 'a', rows_per_file: 1000 }), PARTICLES, particles(2, 1000), run.context)
    await writeAll(parquet({ path: 'b' }), PARTICLES, [], run.context)
    expect(run.files()).toEqual(['a/part-00000.parquet', 'a/part-00001.parquet', 'b/part-00000.parquet'])
  })

  test('is replaced if that is wanted, and only if it holds nothing else', async () => {
    await writeAll(parquet({ path: 'a', rows_per_file: 100 }), PARTICLES, particles(3, 100), run.context)
    await writeAll(parquet({ path: 'a', overwrite: true }), PARTICLES, particles(1, 100), run.context)
    expect(run.files()).toEqual(['a/part-00000.parquet'])
    writeFileSync(path.join(run.folder, 'a/notes.txt'), 'mine')
    await expect(parquet({ path: 'a', overwrite: true }).open(PARTICLES, run.context)).rejects.toMatchObject({ code: 'sink_unwritable' })
    expect(run.files()).toEqual(['a/notes.txt', 'a/part-00000.parquet'])
  })
})

describe('nothing has its name before it is whole', () => {
  test.each(['a.parquet', 'a'])('%s: abort leaves nothing', async (name) => {
    const writer = await parquet({ path: name, rows_per_file: 250, row_group_rows: 100 }).open(PARTICLES, run.context)
    for (const batch of particles(6, 100)) await writer.write(batch)
    expect(existsSync(path.join(run.folder, name))).toBe(false)
    await writer.abort()
    expect(run.files()).toEqual([])
    expect(existsSync(path.join(run.folder, `${name}.part`))).toBe(false)
  })
})

test('DuckDB reads them here, too', async () => {
  await writeAll(parquet({ path: 'samples', rows_per_file: 1500 }), PARTICLES, particles(4, 1000), run.context)
  const connection = await DuckDBConnection.create()
  const reader = await connection.runAndReadAll(`select count(*), max(step), sum(chain), count(level), min(temperature) from '${run.folder}/samples/*.parquet'`)
  expect(reader.getRows()).toEqual([[4000n, 4n, 4n * 499_500n, 0n, 1]])
  connection.closeSync()
})

describe('errors', () => {
  test('a file that is there stays as it is', async () => {
    writeFileSync(path.join(run.folder, 'a.parquet'), 'mine')
    mkdirSync(path.join(run.folder, 'b'))
    for (const name of ['a.parquet', 'b']) await expect(parquet({ path: name }).open(PARTICLES, run.context)).rejects.toMatchObject({ code: 'sink_exists', details: { path: name } })
    expect(run.files()).toEqual(['a.parquet'])
    expect(read('a.parquet').toString()).toBe('mine')
  })

  test('a full disk', async () => {
    symlinkSync('/dev/full', path.join(run.folder, 'a.parquet.part'))
    await expect(writeAll(parquet({ path: 'a.parquet' }), PARTICLES, particles(1, 10), run.context)).rejects.toMatchObject({ code: 'sink_disk_full', details: { path: 'a.parquet' } })
  })

  test('a folder that is a file', async () => {
    writeFileSync(path.join(run.folder, 'a'), '')
    await expect(parquet({ path: 'a/b.parquet' }).open(PARTICLES, run.context)).rejects.toMatchObject({ code: 'sink_unwritable', details: { path: 'a/b.parquet' } })
  })

  test('a column without a place in the format, before there is a file', async () => {
    const [batch] = tableFromArrays({ a: [{ b: 1 }] }).batches as [RecordBatch]
    for (const name of ['a.parquet', 'a']) await expect(parquet({ path: name }).open(batch.schema, run.context)).rejects.toMatchObject({ code: 'sink_column', details: { column: 'a' }, message: expect.stringContaining('STRUCT(b DOUBLE)') as string, hint: expect.stringContaining('a.*') as string })
    expect(run.files()).toEqual([])
  })

  test('a batch of another schema', async () => {
    const writer = await parquet({ path: 'a.parquet' }).open(PARTICLES, run.context)
    await expect(writer.write(everyType(1))).rejects.toMatchObject({ code: 'stream_schema' })
    await writer.abort()
  })
})

describe('other readers', () => {
  needs('python')

  /** What differs between a Parquet file and its rows, as other readers see them. */
  const compared = (name: string, schema: Schema, batches: readonly RecordBatch[]): unknown => {
    const encoder = encodeStream(schema)
    writeFileSync(path.join(run.folder, `${name}.arrows`), Buffer.concat([...encoder.start(), ...batches.flatMap((batch) => encoder.batch(batch)), ...encoder.end()]))
    return python('same_rows.py', path.join(run.folder, name), path.join(run.folder, `${name}.arrows`))
  }

  test.each(['snappy', 'uncompressed', 'gzip', ...('zstdCompress' in process.getBuiltinModule('node:zlib') ? ['zstd'] as const : [])] as const)('pyarrow, DuckDB and polars read the same rows: %s', async (compression) => {
    const whole = everyType(2500)
    await writeAll(parquet({ path: 'every.parquet', row_group_rows: 999, compression }), whole.schema, cut(whole, 333), run.context)
    expect(compared('every.parquet', whole.schema, [whole])).toEqual({
      differences: [],
      types: {
        date_ms: ['date64[ms]', 'date32[day]'], date_ms_null: ['date64[ms]', 'date32[day]'], second: ['timestamp[s]', 'timestamp[ms]'], second_null: ['timestamp[s]', 'timestamp[ms]'],
      },
      groups: 3,
    })
  })

  test('particles, whose columns are constant or absent', async () => {
    await writeAll(parquet({ path: 'a.parquet' }), PARTICLES, particles(3, 1000), run.context)
    expect(compared('a.parquet', PARTICLES, particles(3, 1000))).toEqual({ differences: [], types: {}, groups: 1 })
  })

  test('columns of several pages', async () => {
    const whole = wide(140_000)
    await writeAll(parquet({ path: 'wide.parquet', row_group_rows: 140_000 }), whole.schema, cut(whole, 12_345), run.context)
    const { row_groups } = parquetMetadata(asBuffer(read('wide.parquet')))
    expect(row_groups[0]?.columns.map(({ meta_data }) => meta_data?.encoding_stats?.at(-1)?.count)).toEqual([5, 5, 2, 4])
    expect(compared('wide.parquet', whole.schema, [whole])).toEqual({ differences: [], types: {}, groups: 1 })
  })

  test('bounds let readers skip row groups, and are right', async () => {
    const whole = everyType(4000)
    await writeAll(parquet({ path: 'every.parquet', row_group_rows: 500 }), whole.schema, [whole], run.context)
    expect(python('wrong_bounds.py', path.join(run.folder, 'every.parquet'))).toEqual([])
  })
})
