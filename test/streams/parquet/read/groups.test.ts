/** What the encoder wrote is read back: types, nulls, bits; from a whole file, and from one without its footer. */
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { RecordBatch } from 'apache-arrow'
import { describe, expect, onTestFinished, test } from 'vitest'
import { copyBatches } from '../../../../src/streams/arrow/rows.ts'
import { encodeStream } from '../../../../src/streams/arrow/ipc.ts'
import { codecOf, COMPRESSIONS, type Compression } from '../../../../src/streams/parquet/codecs.ts'
import { ParquetEncoder } from '../../../../src/streams/parquet/encoder.ts'
import { readFooter, readGroup } from '../../../../src/streams/parquet/read/groups.ts'
import { Turns } from '../../../../src/streams/turns.ts'
import { cut, everyType, particles, wide } from '../../sinks/rows.ts'

interface Back {
  readonly footer: readonly RecordBatch[]
  readonly open: readonly RecordBatch[]
}

/** Writes the batches, and reads them by the footer, and before there was one. */
async function back(batches: readonly RecordBatch[], compression: Compression, rowGroupRows = 700): Promise<Back> {
  const folder = mkdtempSync(path.join(tmpdir(), 'heatbath-read-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const name = path.join(folder, 'a.parquet')
  const [first] = batches
  const encoder = new ParquetEncoder((first as RecordBatch).schema, { codec: codecOf(compression), row_group_rows: rowGroupRows })
  const file = await open(name, 'w+')
  const hand = async (chunks: readonly Uint8Array[]): Promise<void> => {
    for (const chunk of chunks) await file.write(chunk)
  }
  for (const batch of batches) await encoder.rows(batch, 0, batch.numRows, hand)
  const read = async (groups: typeof encoder.groups, schema = (first as RecordBatch).schema): Promise<RecordBatch[]> => {
    const found: RecordBatch[] = []
    for (const group of groups) found.push(await readGroup(file, name, schema, group, new Turns()))
    return found
  }
  const open$ = await read([...encoder.groups])
  await hand(await encoder.end())
  const { schema, groups } = await readFooter(file, name)
  const footer = await read(groups, schema)
  await file.close()
  return { footer, open: open$ }
}

/** The same bytes on the wire are the same rows, bit for bit. */
const wire = (batches: readonly RecordBatch[]): Buffer => {
  const whole = copyBatches(batches)
  return Buffer.concat(encodeStream(whole.schema).batch(whole))
}

/** The same values and nulls; what lies below a null may differ. */
function expectSame(found: readonly RecordBatch[], whole: RecordBatch): void {
  const plain = (value: unknown): unknown => (typeof value === 'object' && value !== null && !(value instanceof Date) ? [...(value as Iterable<unknown>)] : value)
  for (const [i, field] of whole.schema.fields.entries()) {
    const column = (batches: readonly RecordBatch[]): unknown[] => batches.flatMap((batch) => [...(batch.getChildAt(i) ?? [])].map(plain))
    expect([field.name, column(found)]).toEqual([field.name, column([whole])])
    expect(found.reduce((sum, batch) => sum + (batch.data.children[i]?.nullCount ?? NaN), 0)).toBe(whole.data.children[i]?.nullCount)
  }
}

describe('rows are read back, bit for bit', () => {
  const hasZstd = Number(process.versions.node.split('.')[0]) >= 23
  test.each(COMPRESSIONS.filter((name) => name !== 'zstd' || hasZstd))('of every type, %s', async (compression) => {
    const whole = everyType(3000)
    const { footer } = await back([whole], compression)
    expect(footer.map(({ numRows }) => numRows)).toEqual([700, 700, 700, 700, 200])
    expect(String(footer[0]?.schema)).toBe(String(whole.schema))
    expectSame(footer, whole)
  })

  test('of particles', async () => {
    const batches = particles(20, 500)
    const { footer, open: before } = await back(batches, 'snappy', 3000)
    expect(wire(footer).equals(wire(batches))).toBe(true)
    expect(before.map(({ numRows }) => numRows)).toEqual([3000, 3000, 3000])
    expect(wire(before).equals(wire(cut(copyBatches(batches), 9000).slice(0, 1)))).toBe(true)
  })

  test('of columns that take several pages', async () => {
    const rows = wide(50_000)
    const { footer } = await back([rows], 'snappy', 2 ** 20)
    expect(footer).toHaveLength(1)
    expectSame(footer, rows)
  })
})

test('what is no file of ours is named', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'heatbath-read-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = await open(path.join(folder, 'a.parquet'), 'w+')
  await file.write('PAR1 and then something else, PAR1')
  await expect(readFooter(file, 'a.parquet')).rejects.toMatchObject({ code: 'source_corrupt', message: expect.stringMatching(/^a\.parquet /) as string })
  await file.close()
})
