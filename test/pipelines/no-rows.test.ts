/** Streams that end without a row. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { parquetMetadataAsync, asyncBufferFromFile } from 'hyparquet'
import { expect, test } from 'vitest'
import { attempt } from './faults/world.ts'

const none = (through: string): string => `name: none
streams:
  none: { source: { sql: { query: "SELECT 1.5::DOUBLE AS a, 'x' AS c WHERE false" } }, through: [${through}] }
  same: { from: none, through: [{ thin: { every: 2 } }] }
outputs:
  - { from: none, parquet: { path: none.parquet } }
  - { from: same, arrow_file: { path: same.arrows } }
  - { from: none, console: {} }
`

test('have a file that tells their columns, where no operator makes others', async () => {
  const { out, error, summary } = await attempt({ yaml: none('{ repeat: { epochs: 2 } }, { shuffle: { buffer_rows: 10 } }, { rebatch: { rows: 4 } }') })
  expect(error).toBeUndefined()
  const { num_rows, schema } = await parquetMetadataAsync(await asyncBufferFromFile(path.join(out, 'none.parquet')))
  expect([num_rows, schema.slice(1).map(({ name, type }) => [name, type])]).toEqual([0n, [['a', 'DOUBLE'], ['c', 'BYTE_ARRAY']]])
  const table = tableFromIPC(readFileSync(path.join(out, 'same.arrows')))
  expect([table.numRows, table.schema.fields.map(({ name, type }) => `${name} ${type}`)]).toEqual([0, ['a Float64', 'c Utf8']])
  expect(summary?.outputs.map(({ sink, path: file, num_rows: rows }) => [sink, file, rows]).sort()).toEqual([['arrow_file', 'same.arrows', 0], ['console', undefined, 0], ['parquet', 'none.parquet', 0]])
})

test('have none where the columns are not known: that is said, and nothing is listed as written', async () => {
  const { error, left, summary, manifest, events } = await attempt({ yaml: none('{ mask: { columns: [a] } }') })
  expect([error, left]).toEqual([undefined, []])
  expect(events.flatMap((event) => (event.event === 'unwritten' ? [event.output] : [])).sort()).toEqual(['none → parquet', 'same → arrow_file'])
  for (const outputs of [summary?.outputs, manifest?.outputs]) expect(outputs?.map(({ sink }) => sink)).toEqual(['console'])
})
