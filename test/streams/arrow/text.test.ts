import {
  Binary, Bool, DateDay, Decimal, Dictionary, Field, FixedSizeList, Float32, Float64, Int32, Int64, List, makeData, Schema, Struct, TimestampMicrosecond, TimestampMillisecond,
  TimestampNanosecond, TimestampSecond, TimeMillisecond, Uint64, Utf8, vectorFromArray, type Data, type DataType, type RecordBatch,
} from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import { boolColumn, float32Column, listColumn, recordBatch } from '../../../src/streams/arrow/columns.ts'
import { csv, csvHeader, ndjson } from '../../../src/streams/arrow/text.ts'
import { needs } from '../../needs.ts'
import { everyType, particles } from '../sinks/rows.ts'
import { python, runFolder } from '../sinks/world.ts'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

const one = (values: readonly unknown[], type: DataType, name = 'a'): RecordBatch =>
  recordBatch(new Schema([new Field(name, type, true)]), values.length, [vectorFromArray([...values], type).data[0] as Data])
const cells = (batch: RecordBatch): unknown[] => ndjson(batch).trimEnd().split('\n').map((line) => (JSON.parse(line) as { a: unknown }).a)
const fields = (batch: RecordBatch): string[] => csv(batch).slice(0, -1).split('\n')

describe('values', () => {
  test.each<[string, DataType, unknown[], unknown[], string[]]>([
    ['floats', new Float32(), [1.5, 0.1, NaN, Infinity, null, -0], [1.5, 0.1, null, null, null, -0], ['1.5', '0.1', 'NaN', 'Infinity', '', '-0']],
    ['doubles', new Float64(), [1 / 3, 1e300, -Infinity], [1 / 3, 1e300, null], ['0.3333333333333333', '1e+300', '-Infinity']],
    ['integers', new Int32(), [1, -2, null], [1, -2, null], ['1', '-2', '']],
    ['booleans', new Bool(), [true, false, null], [true, false, null], ['true', 'false', '']],
    ['texts', new Utf8(), ['a', '', null, 'say "hi", now', 'two\nlines', ' b'], ['a', '', null, 'say "hi", now', 'two\nlines', ' b'], ['a', '""', '', '"say ""hi"", now"', '"two', 'lines"', '" b"']],
    ['dictionaries', new Dictionary(new Utf8(), new Int32()), ['a', null, 'a'], ['a', null, 'a'], ['a', '', 'a']],
    ['bytes', new Binary(), [Uint8Array.of(1, 2, 255), null], ['AQL/', null], ['AQL/', '']],
    ['days', new DateDay(), [new Date('2026-11-24'), new Date('1969-12-31')], ['2026-11-24', '1969-12-31'], ['2026-11-24', '1969-12-31']],
    ['seconds', new TimestampSecond(), [new Date('2026-11-24T22:10:05Z')], ['2026-11-24T22:10:05'], ['2026-11-24T22:10:05']],
    ['milliseconds', new TimestampMillisecond('Europe/Zurich'), [new Date('1969-12-31T23:59:59.001Z')], ['1969-12-31T23:59:59.001Z'], ['1969-12-31T23:59:59.001Z']],
    ['microseconds', new TimestampMicrosecond('UTC'), [1], ['1970-01-01T00:00:00.001000Z'], ['1970-01-01T00:00:00.001000Z']],
    ['nanoseconds', new TimestampNanosecond(), [-1], ['1969-12-31T23:59:59.999000000'], ['1969-12-31T23:59:59.999000000']],
    ['times', new TimeMillisecond(), [3_723_004], ['01:02:03.004'], ['01:02:03.004']],
    ['lists', new List(new Field('item', new Int32(), true)), [[1, null], [], null], [[1, null], [], null], ['"[1,null]"', '[]', '']],
    ['fixed lists', new FixedSizeList(2, new Field('item', new Float32(), true)), [[1, 2], [3, 4]], [[1, 2], [3, 4]], ['"[1,2]"', '"[3,4]"']],
    ['structs', new Struct([new Field('b', new Utf8(), true)]), [{ b: 'x' }, { b: null }], [{ b: 'x' }, { b: null }], ['"{""b"":""x""}"', '"{""b"":null}"']],
  ])('%s', (_, type, values, json, lines) => {
    expect(cells(one(values, type))).toEqual(json)
    expect(fields(one(values, type))).toEqual(lines)
  })

  test('64-bit integers are not rounded', () => {
    expect(ndjson(one([2n ** 64n - 1n, 0n], new Uint64()))).toBe('{"a":18446744073709551615}\n{"a":0}\n')
    expect(ndjson(one([-(2n ** 63n), 2n ** 53n + 1n], new Int64()))).toBe('{"a":-9223372036854775808}\n{"a":9007199254740993}\n')
  })

  test('decimals have all their digits', () => {
    const data = makeData({ type: new Decimal(2, 10, 128), length: 2, nullCount: 0, data: new Uint32Array([12345, 0, 0, 0, -5, -1, -1, -1]) })
    expect(ndjson(recordBatch(new Schema([new Field('a', data.type)]), 2, [data]))).toBe('{"a":123.45}\n{"a":-0.05}\n')
  })
})

test('a slice has its own rows', () => {
  const whole = everyType(300)
  for (const [from, to] of [[1, 20], [8, 16], [200, 300]] as const) {
    expect(ndjson(whole.slice(from, to))).toBe(`${ndjson(whole).split('\n').slice(from, to).join('\n')}\n`)
    if (from === 200) expect(csv(whole.slice(from, to)).length).toBeGreaterThan(0)
  }
})

test('names of columns are quoted where they must be', () => {
  const batch = one([1], new Int32(), 'a, "b"')
  expect(csvHeader(batch.schema)).toBe('"a, ""b"""\n')
  expect(ndjson(batch)).toBe('{"a, \\"b\\"":1}\n')
})

test('a batch of no rows is no text', () => {
  const batch = one([1], new Int32()).slice(1, 1)
  expect([ndjson(batch), csv(batch)]).toEqual(['', ''])
})

test('several columns', () => {
  const fields = [new Field('x', new Float32()), new Field('b', new Bool()), new Field('v', listColumn(new Float32Array(2), 1).type)]
  const batch = recordBatch(new Schema(fields), 2, [float32Column(Float32Array.of(1, 2.5)), boolColumn(Uint8Array.of(0, 1)), listColumn(Float32Array.of(3, 4), 1)])
  expect(ndjson(batch)).toBe('{"x":1,"b":false,"v":[3]}\n{"x":2.5,"b":true,"v":[4]}\n')
  expect(csvHeader(batch.schema) + csv(batch)).toBe('x,b,v\n1,false,[3]\n2.5,true,[4]\n')
})

describe('other readers', () => {
  needs('python')
  const run = runFolder()

  test('DuckDB reads the same particles from NDJSON and CSV', () => {
    const batches = particles(3, 500)
    const [json, table] = [path.join(run.folder, 'a.ndjson'), path.join(run.folder, 'a.csv')]
    writeFileSync(json, batches.map(ndjson).join(''))
    writeFileSync(table, csvHeader(batches[0]?.schema as Schema) + batches.map(csv).join(''))
    const sum = batches.flatMap((batch) => [...(batch.getChild('x0')?.toArray() as Float32Array)]).reduce((a, b) => a + b, 0)
    const expected = [1500, 3, 500 * 499 * 1.5, 0, expect.closeTo(sum, 3)]
    expect(python('read_text.py', json, table)).toEqual([expected, expected])
  })
})
