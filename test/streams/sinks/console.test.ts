import { Writable } from 'node:stream'
import { Field, Float64, Schema, Uint64, Utf8, vectorFromArray, type Data, type DataType, type RecordBatch } from 'apache-arrow'
import { expect, test } from 'vitest'
import { recordBatch } from '../../../src/streams/arrow/columns.ts'
import { printTo } from '../../../src/streams/sinks/console.ts'
import { particles, PARTICLES } from './rows.ts'
import { writeAll } from './world.ts'

const HEALTH = new Schema([new Field('step', new Uint64(), false), new Field('variable', new Utf8(), false), new Field('mean', new Float64(), true)])
function health(...rows: readonly (readonly [number, string, number | null])[]): RecordBatch {
  const column = (i: number, type: DataType, of: (value: never) => unknown): Data => vectorFromArray(rows.map((row) => of(row[i] as never)), type).data[0] as Data
  return recordBatch(HEALTH, rows.length, [column(0, new Uint64(), BigInt), column(1, new Utf8(), String), column(2, new Float64(), (value) => value)])
}
const context = { folder: '/', name: 'health', origin: {} }

/** What is printed. */
async function printed(schema: Schema, batches: readonly RecordBatch[], rows = 20): Promise<string[]> {
  let text = ''
  const out = new Writable({
    write(chunk: Buffer, _, done) {
      text += String(chunk)
      done()
    },
  })
  await writeAll(printTo(out, { rows }), schema, batches, context)
  return text.split('\n')
}

test('columns are aligned, numbers to the right, below one header', async () => {
  expect(await printed(HEALTH, [health([100, 'x0', 0.0123456789], [100, 'x1', -12.5]), health([200, 'x0', null])])).toEqual([
    'health',
    'step  variable       mean',
    ' 100  x0        0.0123457',
    ' 100  x1            -12.5',
    ' 200  x0                -',
    '',
  ])
})

test('a header comes again when a column has become wider', async () => {
  expect(await printed(HEALTH, [health([1, 'x0', 1]), health([2, 'a_long_variable', 1])])).toEqual([
    'health', 'step  variable  mean', '   1  x0           1', 'step  variable         mean', '   2  a_long_variable     1', '',
  ])
})

test('of a large batch only the first rows are shown, all are counted', async () => {
  const lines = await printed(PARTICLES, particles(1, 100), 3)
  expect(lines.slice(-2)).toEqual(['… 97 more rows', ''])
  expect(lines.length).toBe(2 + 3 + 2)
})

test('texts do not steer the terminal, and do not fill it', async () => {
  const [, , line] = await printed(HEALTH, [health([1, `\u001b[31mred\n${'y'.repeat(100)}`, 1])])
  expect(line).toMatch(/\ufffd\[31mred\ufffdy+…/)
  expect(line?.length).toBeLessThan(80)
})

test('write waits for a reader that is slow', async () => {
  let release = (): void => undefined
  const out = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => (release = done) })
  const writer = await printTo(out, { rows: 1 }).open(HEALTH, context)
  let is_taken = false
  const writing = writer.write(health([1, 'x0', 1])).then(() => (is_taken = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect(is_taken).toBe(false)
  release()
  await writing
  expect(await writer.commit()).toEqual({ num_rows: 1 })
})
