/** What a sink writes is read back: while it is written, and by whoever finds it later. */
import { existsSync, readdirSync, renameSync, truncateSync } from 'node:fs'
import path from 'node:path'
import type { RecordBatch } from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import { encodeStream } from '../../../src/streams/arrow/ipc.ts'
import { copyBatches } from '../../../src/streams/arrow/rows.ts'
import { arrowFile } from '../../../src/streams/sinks/arrow-file.ts'
import type { Recording, StreamSink, WholeRecording } from '../../../src/streams/sinks/contract.ts'
import { parquet } from '../../../src/streams/sinks/parquet.ts'
import { cut, particles, PARTICLES } from './rows.ts'
import { runFolder, writeAll } from './world.ts'

const run = runFolder()

const SINKS: readonly (readonly [string, () => StreamSink])[] = [
  ['a Parquet file', () => parquet({ path: 'samples.parquet', row_group_rows: 300 })],
  ['a folder of Parquet files', () => parquet({ path: 'samples', row_group_rows: 300, rows_per_file: 1000 })],
  ['an Arrow file', () => arrowFile({ path: 'samples.arrows' })],
]

async function rowsFrom(recording: Recording, from: number): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = []
  for await (const batch of recording.read(from)) batches.push(batch)
  return batches
}

const wire = (batches: readonly RecordBatch[]): Buffer => {
  const whole = copyBatches(batches)
  return Buffer.concat(encodeStream(whole.schema).batch(whole))
}

/** Rows [from, to) of some batches, as bytes. */
const wireOf = (batches: readonly RecordBatch[], from: number, to = Infinity): Buffer => {
  const whole = copyBatches(batches)
  return wire([whole.slice(from, Math.min(to, whole.numRows))])
}

describe.each(SINKS)('%s', (_, make) => {
  const batches = particles(50, 100)

  test('is read from any row, once it is whole', async () => {
    await writeAll(make(), PARTICLES, batches, run.context)
    const recording = await make().recording?.(run.context) as WholeRecording
    expect(recording.num_rows).toBe(5000)
    expect(recording.schema.names).toEqual(PARTICLES.names)
    for (const from of [0, 1, 299, 300, 301, 999, 1000, 1001, 4321, 4999]) {
      expect(wire(await rowsFrom(recording, from)).equals(wireOf(batches, from))).toBe(true)
    }
    expect(await rowsFrom(recording, 5000)).toEqual([])
  })

  test('is read as far as it is on the disk, and the rest when it comes, across every change of names', async () => {
    const writer = await make().open(PARTICLES, run.context)
    const recording = writer.recording as Recording
    const found: RecordBatch[] = []
    let row = 0
    const readOn = async (): Promise<void> => {
      for await (const batch of recording.read(row)) {
        found.push(batch)
        row += batch.numRows
      }
    }
    for (const [i, batch] of batches.entries()) {
      await writer.write(batch)
      expect(recording.num_rows).toBeGreaterThanOrEqual((i + 1) * 100 - 299)
      if (i % 7 === 0) await readOn()
      expect(row).toBeLessThanOrEqual(recording.num_rows)
    }
    await writer.commit()
    await readOn()
    expect(recording.num_rows).toBe(5000)
    expect(wire(found).equals(wire(batches))).toBe(true)
  })

  test('a reader that goes on while rows are written and files renamed misses none', async () => {
    const writer = await make().open(PARTICLES, run.context)
    const recording = writer.recording as Recording
    for (const batch of batches.slice(0, 10)) await writer.write(batch)
    const reader = recording.read(0)
    const found: RecordBatch[] = []
    for (const batch of batches.slice(10)) {
      const next = await reader.next()
      if (next.done !== true) found.push(next.value)
      await writer.write(batch)
    }
    await writer.commit()
    for await (const batch of reader) found.push(batch)
    const seen = found.reduce((sum, { numRows }) => sum + numRows, 0)
    expect(seen).toBeGreaterThanOrEqual(900)
    found.push(...await rowsFrom(recording, seen))
    expect(wire(found).equals(wire(batches))).toBe(true)
  })

  test.skipIf(!existsSync('/proc/self/fd'))('a reader that leaves early closes the file', async () => {
    await writeAll(make(), PARTICLES, batches, run.context)
    const recording = await make().recording?.(run.context) as WholeRecording
    const before = readdirSync('/proc/self/fd').length
    for (let i = 0; i < 50; i++) for await (const batch of recording.read(i)) if (batch.numRows > 0) break
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(before + 10)
  })

  test('that is not there, or is cut off, says so', async () => {
    await expect((async () => make().recording?.(run.context))()).rejects.toMatchObject({ code: 'source_missing' })
    await writeAll(make(), PARTICLES, batches, run.context)
    const [file = ''] = run.files()
    truncateSync(path.join(run.folder, file), 3000)
    await expect((async () => make().recording?.(run.context))()).rejects.toMatchObject({ code: 'source_corrupt', message: expect.stringContaining(path.basename(file)) as string })
  })

  test('that is gone when it is read says so', async () => {
    await writeAll(make(), PARTICLES, cut(copyBatches(batches), 1000), run.context)
    const recording = await make().recording?.(run.context) as WholeRecording
    for (const file of run.files()) renameSync(path.join(run.folder, file), path.join(run.folder, `${path.basename(file)}.moved`))
    await expect(rowsFrom(recording, 0)).rejects.toMatchObject({ code: 'source_missing' })
  })
})
