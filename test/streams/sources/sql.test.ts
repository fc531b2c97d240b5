import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { take } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Source, SourceContext } from '../../../src/streams/sources/contract.ts'
import { sql } from '../../../src/streams/sources/sql.ts'
import { rowsOf } from '../arrow/arbitrary-batches.ts'
import { collected, objectsOf, valuesOf } from '../batches.ts'

const FLIGHTS = path.resolve(import.meta.dirname, '../../../node_modules/vega-datasets/data')

let root: string
let folder: string
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "heatbath sql, o'"))
  folder = path.join(root, 'pipeline')
  await mkdir(path.join(folder, 'data'), { recursive: true })
  await mkdir(path.join(root, 'lake'))
  await writeFile(path.join(folder, 'small.csv'), 'id,name,value\n1,a,0.5\n2,,1.5\n3,c,\n')
  await writeFile(path.join(folder, 'data', 'one.csv'), 'x\n1\n2\n')
  await writeFile(path.join(folder, 'data', 'two.csv'), 'x\n3\n')
  await writeFile(path.join(root, 'lake', 'secret.csv'), 'x\n42\n')
})
afterAll(() => rm(root, { recursive: true }))

const open = (query: string, more: { parameters?: Record<string, string | number | boolean | null>; allow?: string[]; batch_rows?: number } = {}, changes: Partial<SourceContext> = {}): Source =>
  sql({ query, ...more }).open({ folder, seed: 0, stream: 's', ...changes })
const rows = async (source: Source) => objectsOf(await collected(source.rows$))
const failure = async (source: Source) => {
  const streamed = await collected(source.rows$).catch((error: unknown) => error)
  const described = await source.schema().catch((error: unknown) => error)
  expect(described).toMatchObject({ code: (streamed as { code: string }).code })
  return streamed
}

describe('sql', () => {
  it('reads a file beside the pipeline, by a relative name', async () => {
    const source = open("SELECT * FROM 'small.csv' ORDER BY id")
    expect(await rows(source)).toEqual([{ id: '1n', name: 'a', value: 0.5 }, { id: '2n', name: null, value: 1.5 }, { id: '3n', name: 'c', value: null }])
    expect((await source.schema()).fields.map(String)).toEqual(['id: Int64', 'name: Utf8', 'value: Float64'])
    expect(await source.numRows?.()).toBe(3)
  })

  it('reads files with wildcards, by functions, by absolute names, several at once', async () => {
    expect(valuesOf(await collected(open("FROM 'data/*.csv' ORDER BY x").rows$), 'x')).toEqual([1n, 2n, 3n])
    expect(valuesOf(await collected(open("SELECT x FROM read_csv(['data/one.csv', 'data/two.csv']) ORDER BY x").rows$), 'x')).toEqual([1n, 2n, 3n])
    expect(valuesOf(await collected(open("SELECT x FROM read_csv('data/one.csv', header = true) ORDER BY x").rows$), 'x')).toEqual([1n, 2n])
    expect(valuesOf(await collected(open('SELECT x FROM read_csv($file)', { parameters: { file: path.join(folder, 'data/two.csv') } }).rows$), 'x')).toEqual([3n])
    expect(valuesOf(await collected(open("SELECT a.x + b.x AS x FROM 'data/one.csv' a, 'data/two.csv' b WHERE a.x = 1").rows$), 'x')).toEqual([4n])
    expect(valuesOf(await collected(open("WITH t AS (SELECT x FROM 'data/one.csv' WHERE x > (SELECT min(x) FROM 'data/one.csv')) SELECT * FROM t").rows$), 'x')).toEqual([2n])
  })

  it('binds parameters', async () => {
    const source = open("SELECT id, $text AS text, $flag AS flag, $none::INTEGER AS none FROM 'small.csv' WHERE id >= $least AND value < $most", { parameters: { text: "it's; --", flag: true, none: null, least: 1, most: 0.75 } })
    expect(await rows(source)).toEqual([{ id: '1n', text: "it's; --", flag: true, none: null }])
    expect((await source.schema()).fields.map(String)).toEqual(['id: Int64', 'text: Utf8', 'flag: Bool', 'none: Int32'])
    expect(await source.numRows?.()).toBe(1)
    expect(valuesOf(await collected(open('SELECT i FROM range(10) t(i) LIMIT $n', { parameters: { n: 3 } }).rows$), 'i')).toEqual([0n, 1n, 2n])
  })

  it('gives each SQL type its Arrow type', async () => {
    const columns: [expression: string, type: string, value: unknown][] = [
      ['true', 'Bool', true],
      ['(-8)::TINYINT', 'Int8', -8],
      ['(-16)::SMALLINT', 'Int16', -16],
      ['(-32)::INTEGER', 'Int32', -32],
      ['(-9007199254740993)::BIGINT', 'Int64', '-9007199254740993n'],
      ['200::UTINYINT', 'Uint8', 200],
      ['60000::USMALLINT', 'Uint16', 60_000],
      ['4000000000::UINTEGER', 'Uint32', 4_000_000_000],
      ['18446744073709551615::UBIGINT', 'Uint64', '18446744073709551615n'],
      ['1.5::FLOAT', 'Float32', 1.5],
      ['0.1::DOUBLE', 'Float64', 0.1],
      ["'short'", 'Utf8', 'short'],
      ["'a text of more than twelve bytes, é'", 'Utf8', 'a text of more than twelve bytes, é'],
      ["DATE '2020-02-29'", 'Date32<DAY>', Date.UTC(2020, 1, 29)],
      ["TIMESTAMP '2020-02-29 12:30:00.25'", 'Timestamp<MICROSECOND>', Date.UTC(2020, 1, 29, 12, 30, 0, 250)],
      ["TIMESTAMPTZ '2020-02-29 12:30:00+02'", 'Timestamp<MICROSECOND, UTC>', Date.UTC(2020, 1, 29, 10, 30)],
      ["TIMESTAMP_S '2020-02-29 12:30:00'", 'Timestamp<SECOND>', Date.UTC(2020, 1, 29, 12, 30)],
      ["TIMESTAMP_MS '2020-02-29 12:30:00'", 'Timestamp<MILLISECOND>', Date.UTC(2020, 1, 29, 12, 30)],
      ["TIMESTAMP_NS '2020-02-29 12:30:00'", 'Timestamp<NANOSECOND>', Date.UTC(2020, 1, 29, 12, 30)],
      ["TIME '00:00:01'", 'Time64<MICROSECOND>', '1000000n'],
      ['[1, NULL, 3]', 'List<Int32>', [1, null, 3]],
      ["['a', NULL, 'a longer text than that']", 'List<Utf8>', ['a', null, 'a longer text than that']],
      ["{'a': 1, 'b': 'x'}", 'Struct<{a:Int32, b:Utf8}>', { a: 1, b: 'x' }],
    ]
    for (const [expression, type, value] of columns) {
      const source = open(`SELECT CASE WHEN i % 3 < 2 THEN ${expression} END AS v FROM range(9) t(i) ORDER BY i`)
      expect(`${expression}: ${(await source.schema()).fields[0]?.type}`).toBe(`${expression}: ${type}`)
      const batches = await collected(source.rows$)
      expect(batches.flatMap((batch) => rowsOf(batch).map((row) => (row as unknown[])[0]))).toEqual([value, value, null, value, value, null, value, value, null])
      expect(String(batches[0]?.schema.fields[0]?.type)).toBe(type)
    }
  })

  it('gives arrays as lists of fixed size', async () => {
    const source = open('SELECT v FROM (VALUES ([1.5, 2.5]::FLOAT[2]), (NULL), ([3, NULL]::FLOAT[2])) t(v)')
    expect(String((await source.schema()).fields[0]?.type)).toBe('FixedSizeList[2]<Float32>')
    expect(await rows(source)).toEqual([{ v: [1.5, 2.5] }, { v: null }, { v: [3, null] }])
  })

  it('gives decimals of all widths, and sums of integers, as decimals', async () => {
    const source = open("SELECT (-1.5)::DECIMAL(4,1) AS a, 12345.67::DECIMAL(9,2) AS b, (-123456789012.345)::DECIMAL(18,3) AS c, 1234567890123456789012.5::DECIMAL(38,1) AS d, sum(i) AS e FROM range(1000000) t(i)")
    const [batch] = await collected(source.rows$)
    const text = (name: string): string => String(BigInt.asIntN(128, [...(batch?.getChild(name)?.get(0) as Uint32Array)].reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n)))
    expect(['a', 'b', 'c', 'd', 'e'].map(text)).toEqual(['-15', '1234567', '-123456789012345', '12345678901234567890125', '499999500000'])
    expect((await source.schema()).fields.map(({ type }) => [(type as { precision?: number }).precision, (type as { scale?: number }).scale])).toEqual([[4, 1], [9, 2], [18, 3], [38, 1], [38, 0]])
  })

  it('gives an enumeration as a dictionary that all batches share', async () => {
    const source = open("SELECT (CASE i % 2 WHEN 0 THEN 'low' ELSE 'high' END)::ENUM('low', 'mid', 'high') AS e FROM range(6000) t(i) ORDER BY i", { batch_rows: 2500 })
    const batches = await collected(source.rows$)
    expect(String(batches[0]?.schema.fields[0]?.type)).toBe('Dictionary<Uint8, Utf8>')
    expect(valuesOf(batches, 'e').slice(0, 3)).toEqual(['low', 'high', 'low'])
    expect(batches[1]?.data.children[0]?.dictionary).toBe(batches[0]?.data.children[0]?.dictionary)
  })

  it('agrees with DuckDB over many rows, nulls and long texts', async () => {
    const source = open(`SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE i / 2 END AS f, CASE WHEN i % 5 = 0 THEN NULL WHEN i % 2 = 0 THEN 'n' || i ELSE 'a longer text number ' || i END AS t,
      i % 3 = 0 AS b, range(i % 4) AS l FROM range(20000) r(i) ORDER BY i`, { batch_rows: 3000 })
    const batches = await collected(source.rows$)
    expect(batches.map(({ numRows }) => numRows)).toEqual([3000, 3000, 3000, 3000, 3000, 3000, 2000])
    objectsOf(batches).forEach(({ i, f, t, b, l }, row) => {
      if (i === `${row}n` && f === (row % 7 === 0 ? null : row * 0.5) && t === (row % 5 === 0 ? null : row % 2 === 0 ? `n${row}` : `a longer text number ${row}`) && b === (row % 3 === 0) && (l as unknown[]).length === row % 4) return
      expect({ row, i, f, t, b, l }).toBe('as computed')
    })
    expect(batches.length).toBe(7)
  })

  it('of no rows is an empty stream with a schema', async () => {
    const source = open("SELECT id, name FROM 'small.csv' WHERE false")
    expect(await collected(source.rows$)).toEqual([])
    expect((await source.schema()).names).toEqual(['id', 'name'])
    expect(await source.numRows?.()).toBe(0)
  })

  it('reads no more rows than the limit', async () => {
    const source = open('SELECT i FROM range(100000) t(i)', { batch_rows: 1500 }, { limit: 4000 })
    expect((await collected(source.rows$)).map(({ numRows }) => numRows)).toEqual([1500, 1500, 1000])
    expect(await source.numRows?.()).toBe(4000)
  })

  it('takes a semicolon and comments', async () => {
    expect(await open('/* one */ -- two\n SELECT 1 AS a;\n').numRows?.()).toBe(1)
    expect(await rows(open("SELECT ';' AS a -- ; not the end\n"))).toEqual([{ a: ';' }])
  })

  it('streams: a huge result begins at once, and ends when its subscriber leaves', async () => {
    const begin = performance.now()
    expect((await collected(open('SELECT i, random() AS r FROM range(100000000000) t(i)').rows$.pipe(take(3)))).length).toBe(3)
    expect(performance.now() - begin).toBeLessThan(5000)
  })

  it('is interrupted when its subscriber leaves before the first row', async () => {
    const begin = performance.now()
    const subscription = open('SELECT count(*) FROM range(10000000000) a(i) WHERE sin(i) > 2').rows$.subscribe({ error: () => undefined })
    await new Promise((resolve) => setTimeout(resolve, 300))
    subscription.unsubscribe()
    await open('SELECT 1 AS a').schema()
    expect(performance.now() - begin).toBeLessThan(5000)
  })

  it('reads three million flights at 500 000 rows per second or more, in constant memory', async () => {
    const source = open("SELECT * FROM 'flights-3m.parquet'", {}, { folder: FLIGHTS })
    expect(await source.numRows?.()).toBe(3_000_000)
    const rates: number[] = []
    let most = 0
    for (let pass = 0; pass < 2; pass++) {
      const begin = performance.now()
      let count = 0
      await new Promise<void>((resolve, reject) => source.rows$.subscribe({
        next: ({ numRows }) => {
          count += numRows
          most = Math.max(most, process.memoryUsage().arrayBuffers)
        },
        complete: resolve,
        error: reject,
      }))
      expect(count).toBe(3_000_000)
      rates.push(count / (performance.now() - begin) * 1000)
    }
    expect(Math.max(...rates)).toBeGreaterThan(500_000)
    expect(most).toBeLessThan(150e6)
  })
})

describe('sql refuses', () => {
  it.each<[what: string, query: string, code: string, message: RegExp]>([
    ['a missing file', "SELECT * FROM 'none.csv'", 'source_missing', /pipeline\/none\.csv/],
    ['a missing file of a function', "SELECT * FROM read_parquet('none.parquet')", 'source_missing', /pipeline\/none\.parquet/],
    ['what is no SQL', 'SELECT * FORM x', 'sql_invalid', /syntax error at or near "x"/],
    ['an unknown column', "SELECT nothing FROM 'small.csv'", 'sql_invalid', /"nothing" not found/],
    ['an unknown table', 'SELECT * FROM nothing', 'sql_invalid', /nothing does not exist/],
    ['two statements', 'SELECT 1; SELECT 2', 'sql_statement', /2 statements/],
    ['no statement', ' -- nothing\n', 'sql_statement', /empty/],
    ['COPY', "COPY (SELECT 1) TO 'stolen.csv'", 'sql_statement', /begins with COPY/],
    ['SET', 'SET threads = 1', 'sql_statement', /begins with SET/],
    ['ATTACH', "ATTACH 'x.db'", 'sql_statement', /begins with ATTACH/],
    ['CREATE', 'CREATE TABLE t (a INTEGER)', 'sql_statement', /begins with CREATE/],
    ['PRAGMA', 'PRAGMA version', 'sql_statement', /begins with PRAGMA/],
    ['a folder above', "SELECT * FROM '../lake/secret.csv'", 'sql_forbidden', /lake\/secret\.csv, outside/],
    ['a folder above in a function', "SELECT * FROM read_csv('../lake/secret.csv')", 'sql_forbidden', /lake\/secret\.csv, outside/],
    ['an absolute name elsewhere', "SELECT * FROM '/etc/hosts.csv'", 'sql_forbidden', /\/etc\/hosts\.csv/],
    ['any file of the machine', "SELECT * FROM read_text('/etc/passwd')", 'sql_forbidden', /\/etc\/passwd/],
    ['a folder below and up again', "SELECT * FROM read_csv('data/../../lake/secret.csv')", 'sql_forbidden', /secret/],
    ['to list other folders', "SELECT * FROM glob('/etc/*')", 'sql_forbidden', /\/etc/],
    ['the network', "SELECT * FROM 'https://example.org/data.csv'", 'sql_forbidden', /example\.org/],
    ['types without a column', "SELECT INTERVAL '1 day' AS i", 'sql_column', /column i is of the SQL type INTERVAL/],
    ['types without a column in a list', 'SELECT [uuid()] AS ids', 'sql_column', /column ids is of the SQL type UUID/],
    ['two columns of one name', 'SELECT 1 AS a, 2 AS a', 'data_column', /column a is there twice/],
    ['a parameter without a value', 'SELECT $a + 1 AS b', 'sql_parameter', /parameter \$a has no value/],
  ])('%s', async (_, query, code, message) => {
    expect(await failure(open(query))).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('a parameter that is not in the query', async () => {
    expect(await failure(open('SELECT $a::INTEGER AS b', { parameters: { a: 1, c: 2 } }))).toMatchObject({ code: 'sql_parameter', message: 'parameter $c is not in the query, which has $a' })
  })

  it('errors while rows are read', async () => {
    await expect(collected(open("SELECT CASE WHEN i = 5000 THEN error('here') ELSE i END AS v FROM range(10000) t(i)").rows$)).rejects.toMatchObject({ code: 'sql_failed' })
  })

  it('and says where: line and column', async () => {
    expect(await failure(open("SELECT id,\n  nothing\nFROM 'small.csv'"))).toMatchObject({ details: { line: 2, column: 3 }, message: expect.stringContaining('the query does not hold in line 2, column 3: ') as string })
    const long = `SELECT ${Array.from({ length: 60 }, (_, i) => `id AS column_${i}`).join(', ')}, nothing FROM 'small.csv'`
    expect(await failure(open(long))).toMatchObject({ details: { line: 1, column: long.indexOf('nothing') + 1 } })
  })

  it('what is outside, but not what allow names', async () => {
    expect(await rows(open("SELECT * FROM '../lake/secret.csv'", { allow: ['../lake'] }))).toEqual([{ x: '42n' }])
    expect(await rows(open(`SELECT * FROM read_csv('../lake/secret.csv')`, { allow: [path.join(root, 'lake')] }))).toEqual([{ x: '42n' }])
  })

  it('to write anything', async () => {
    const before = await readdir(folder, { recursive: true })
    await failure(open("COPY (SELECT 1) TO 'stolen.csv'"))
    await collected(open("SELECT * FROM 'small.csv'").rows$)
    expect(await readdir(folder, { recursive: true })).toEqual(before)
  })
})
