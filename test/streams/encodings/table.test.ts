import {
  Bool, DateDay, Decimal, Dictionary, Field, Float32, Float64, Int16, Int32, Int64, LargeUtf8, List, Schema, TimeMicrosecond, TimestampMicrosecond, TimestampMillisecond, TimestampNanosecond, Uint64, Uint8, Utf8,
  makeData, type Data, type DataType, type RecordBatch,
} from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordBatch } from '../../../src/streams/arrow/columns.ts'
import { columnFromNumbers } from '../../../src/streams/arrow/from-numbers.ts'
import { numbersOf } from '../../../src/streams/arrow/numbers.ts'
import type { FittedEncoding } from '../../../src/streams/encodings/contract.ts'
import { normalQuantile } from '../../../src/streams/encodings/columns/normal-quantile.ts'
import { table } from '../../../src/streams/encodings/table.ts'
import { distributionP, expectAgreement, expectRejection, meanP, seed } from '../../statistics/checks.ts'
import { normalCdf } from '../../statistics/probability.ts'
import { keyedDraws } from '../../../src/streams/draws.ts'
import { rowsOf } from '../arrow/arbitrary-batches.ts'
import { floats, table as batchOf } from '../batches.ts'

const fit = (batch: RecordBatch, config: Parameters<typeof table>[0] = {}): FittedEncoding => table(config).fit(batch.schema, [batch])
const restored = (encoding: FittedEncoding): FittedEncoding => table({}).restore(JSON.parse(JSON.stringify(encoding.parameters)))
const decoded = (encoding: FittedEncoding, coordinates: Float32Array): RecordBatch => {
  const columns = encoding.decode(coordinates)
  return recordBatch(new Schema([...encoding.fields]), columns[0]?.length ?? 0, columns)
}
const roundTrip = (encoding: FittedEncoding, batch: RecordBatch): RecordBatch => decoded(encoding, encoding.encode(batch))
const numeric = (type: DataType, numbers: readonly number[], name = 'v'): RecordBatch =>
  recordBatch(new Schema([new Field(name, type, true)]), numbers.length, [columnFromNumbers(type, Float64Array.from(numbers))])
const numbersIn = (batch: RecordBatch, column = 0): number[] => [...(numbersOf(batch.data.children[column] as never)?.values ?? [])]

const METHODS = ['standardize', 'quantile'] as const
const rows = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { minLength: 2, maxLength: 80 })

/** Types of numbers, values of them, and the step between two of them. */
const NUMERIC: readonly [DataType, fc.Arbitrary<number>, number][] = [
  [new Float32(), fc.float({ min: -1e3, max: 1e3, noNaN: true }), 0],
  [new Float64(), fc.double({ min: -1e3, max: 1e3, noNaN: true }), 0],
  [new Int16(), fc.integer({ min: -32768, max: 32767 }), 1],
  [new Uint8(), fc.integer({ min: 0, max: 255 }), 1],
  [new Int64(), fc.integer({ min: -1e6, max: 1e6 }), 1],
  [new DateDay(), fc.integer({ min: 0, max: 40_000 }), 1],
  [new TimestampMicrosecond('UTC'), fc.integer({ min: 0, max: 1e9 }).map((ms) => 1.6e15 + 1000 * ms), 1],
  [new TimeMicrosecond(), fc.integer({ min: 0, max: 86_399 }).map((s) => s * 1e6), 1],
  [new Decimal(2, 12, 128), fc.integer({ min: -1e8, max: 1e8 }).map((cents) => cents / 100), 0.01],
]

describe.each(METHODS)('table with numeric: %s', (method) => {
  it.each(NUMERIC.map(([type, value, step]) => [String(type), type, value, step] as const))('gives back %s within rounding, names and types as they were', (_, type, value, step) => {
    fc.assert(fc.property(rows(value), (numbers) => {
      const batch = numeric(type, numbers)
      const different = new Set(numbersIn(batch)).size > 1
      fc.pre(different)
      const encoding = fit(batch, { numeric: method })
      const back = roundTrip(encoding, batch)
      expect(back.schema.fields.map(String)).toEqual(batch.schema.fields.map(String))
      const [smallest, largest] = [Math.min(...numbers), Math.max(...numbers)]
      numbersIn(back).forEach((number, i) => {
        // A coordinate is a float32: 24 bits over the range; then one step of the type.
        expect(Math.abs(number - (numbersIn(batch)[i] as number))).toBeLessThanOrEqual((largest - smallest) * 2 ** -20 + step * 0.51 * (step > 0 && (largest - smallest) * 2 ** -20 > step / 4 ? 2 : 0) + 1e-12)
        expect(number).toBeGreaterThanOrEqual(Math.min(...numbersIn(batch)))
        expect(number).toBeLessThanOrEqual(Math.max(...numbersIn(batch)))
      })
    }), { numRuns: 60 })
  })

  it('gives small integers back exactly', () => {
    fc.assert(fc.property(rows(fc.integer({ min: -10_000, max: 10_000 })), (numbers) => {
      fc.pre(new Set(numbers).size > 1)
      const batch = numeric(new Int32(), numbers)
      expect(numbersIn(roundTrip(fit(batch, { numeric: method }), batch))).toEqual(numbers)
    }))
  })

  it('restored from JSON is the same, bit for bit', () => {
    fc.assert(fc.property(rows(fc.record({ v: fc.double({ min: -1e6, max: 1e6, noNaN: true }), c: fc.constantFrom('a', 'b', 'ü'), b: fc.boolean() })), (table_) => {
      const batch = batchOf({ v: [new Float64(), table_.map(({ v }) => v)], c: [new Utf8(), table_.map(({ c }) => c)], b: [new Bool(), table_.map(({ b }) => b)] })
      fc.pre(new Set(table_.map(({ v }) => v)).size > 1)
      const encoding = fit(batch, { numeric: method })
      const again = restored(encoding)
      expect(again.encode(batch)).toEqual(encoding.encode(batch))
      expect(again.variables).toEqual(encoding.variables)
      expect(again.fields.map(String)).toEqual(encoding.fields.map(String))
      const coordinates = encoding.encode(batch).map((value) => value * 1.5 - 0.3)
      expect(rowsOf(decoded(again, coordinates))).toEqual(rowsOf(decoded(encoding, coordinates)))
      expect(again.parameters).toEqual(encoding.parameters)
    }), { numRuns: 60 })
  })

  it('clamps what it decodes to the range of the sample, unless told not to', () => {
    const batch = numeric(new Float64(), [1, 2, 3, 4])
    const far = Float32Array.of(-50, 50)
    expect(numbersIn(decoded(fit(batch, { numeric: method }), far))).toEqual([1, 4])
    const [low, high] = numbersIn(decoded(fit(batch, { numeric: method, clamp: false }), far)) as [number, number]
    expect(low).toBeLessThan(1)
    expect(high).toBeGreaterThan(4)
    expect(numbersIn(decoded(fit(numeric(new Uint8(), [1, 2, 250]), { numeric: method, clamp: false }), Float32Array.of(-1e6, 1e6)))).toEqual([0, 255])
  })

  it.each<[string, DataType, readonly bigint[]]>([
    ['unsigned integers', new Uint64(), [2n ** 64n - 1n - 285_990n, 2n ** 63n + 1n, 2n ** 63n + 77n]],
    ['integers', new Int64(), [2n ** 62n + 1n, 2n ** 62n + 4099n, -(2n ** 62n) - 1n]],
    ['timestamps', new TimestampNanosecond(), [1_700_000_000_000_000_001n, 1_800_000_000_000_000_077n]],
    ['decimals', new Decimal(5, 38, 128), [10n ** 37n + 1n, 10n ** 37n - 7n, -(10n ** 36n) - 1n]],
    ['constant integers', new Uint64(), [2n ** 64n - 1n, 2n ** 64n - 1n]],
  ])('keeps %s that float64 does not hold within those of the sample', (_, type, wholes) => {
    const words = Uint32Array.from(wholes.flatMap((whole) => [0n, 32n, 64n, 96n].map((shift) => Number(BigInt.asUintN(32, whole >> shift)))))
    const data = type instanceof Decimal ? words : type instanceof Uint64 ? BigUint64Array.from(wholes) : BigInt64Array.from(wholes)
    const sorted = [...wholes].sort((a, b) => (a < b ? -1 : 1))
    const column = makeData({ type, length: wholes.length, nullCount: 0, data } as Parameters<typeof makeData>[0])
    const other = numeric(new Float64(), wholes.map((__, i) => i), 'other')
    const batch = recordBatch(new Schema([new Field('v', type, true), ...other.schema.fields]), wholes.length, [column, ...other.data.children])
    const encoding = restored(fit(batch, { numeric: method }))
    const dim = encoding.variables.length
    const { values } = encoding.decode(new Float32Array(2 * dim).fill(-50, 0, dim).fill(50, dim))[0] as Data
    const found = [0, 1].map((row) => (type instanceof Decimal ? BigInt.asIntN(128, [3, 2, 1, 0].reduce((sum, word) => (sum << 32n) | BigInt((values as Uint32Array)[4 * row + word] as number), 0n)) : (values as BigUint64Array)[row] as bigint))
    for (const value of found) expect(value >= (sorted[0] as bigint) && value <= (sorted.at(-1) as bigint), String(value)).toBe(true)
  })

  it('encodes values outside of the sample too, in order', () => {
    const encoding = fit(numeric(new Float64(), [1, 2, 3, 4]), { numeric: method })
    const coordinates = encoding.encode(numeric(new Float64(), [-100, 0, 1, 2.5, 4, 5, 100]))
    expect([...coordinates]).toEqual([...coordinates].sort((a, b) => a - b))
    expect(new Set(coordinates).size).toBe(7)
  })
})

describe('table', () => {
  it('standardises numbers', () => {
    const encoding = fit(numeric(new Float64(), [1, 2, 3, 4, 5]))
    const [mean, oneOff] = encoding.encode(numeric(new Float64(), [3, 3 + Math.sqrt(2.5)]))
    expect(mean).toBeCloseTo(0, 6)
    expect(oneOff).toBeCloseTo(1, 6)
  })

  it('by quantiles makes any distribution normal', () => {
    const draws = keyedDraws(seed(41), 'table')
    const skewed = Array.from({ length: 20_000 }, (_, i) => Math.exp(2 * draws.normals(i)[0]))
    const [sample, fresh] = [numeric(new Float64(), skewed.slice(500)), numeric(new Float64(), skewed.slice(0, 500))]
    // The knots are of a sample themselves: its own error makes the distance 1.3 % larger, and α 1.5e-6.
    const p = (method: 'standardize' | 'quantile'): number => distributionP(fit(sample, { numeric: method }).encode(fresh), normalCdf)
    expectAgreement('scores of fresh rows', p('quantile'))
    expectRejection('standardised rows', p('standardize'))
  })

  it('has at most 1024 knots, and gives ties the middle of their ranks', () => {
    const many = Array.from({ length: 5000 }, (_, i) => Math.sin(i) * 100)
    const knots = (fit(numeric(new Float64(), many), { numeric: 'quantile' }).parameters as { columns: [{ numeric: { values: number[]; scores: number[] } }] }).columns[0].numeric
    expect(knots.values.length).toBe(1024)
    expect([knots.values[0], knots.values.at(-1)]).toEqual([Math.min(...many), Math.max(...many)])
    const ties = (fit(numeric(new Int32(), [0, 0, 0, 1]), { numeric: 'quantile' }).parameters as { columns: [{ numeric: { values: number[]; scores: number[] } }] }).columns[0].numeric
    expect(ties).toMatchObject({ values: [0, 1], scores: [normalQuantile(3 / 8), normalQuantile(7 / 8)] })
  })

  it.each<[string, DataType, fc.Arbitrary<unknown>]>([
    ['booleans', new Bool(), fc.boolean()],
    ['text', new Utf8(), fc.constantFrom('', 'a', 'b', 'ü', 'a longer category than others')],
    ['large text', new LargeUtf8(), fc.constantFrom('a', 'b')],
    ['dictionaries', new Dictionary(new Utf8(), new Int32()), fc.constantFrom('a', 'b', 'c')],
  ])('gives %s back exactly, whatever the noise', (_, type, value) => {
    fc.assert(fc.property(rows(value), fc.nat(), (categories, key) => {
      const batch = batchOf({ c: [type, categories] })
      fc.pre(new Set(categories).size > 1)
      const encoding = restored(fit(batch))
      const back = decoded(encoding, encoding.encode(batch, { seed: key }))
      expect(rowsOf(back)).toEqual(rowsOf(batch))
      expect(back.schema.fields.map(String)).toEqual(batch.schema.fields.map(String))
      expect(encoding.variables).toEqual([{ name: 'c', shape: [new Set(categories).size] }])
    }), { numRuns: 60 })
  })

  it('gives each category coordinate mean 0 and variance 1', () => {
    const categories = Array.from({ length: 20_000 }, (_, i) => (i % 10 === 0 ? 'rare' : i % 3 === 0 ? 'some' : 'most'))
    const batch = batchOf({ c: [new Utf8(), categories] })
    const coordinates = fit(batch).encode(batch, { seed: seed(42) })
    for (let k = 0; k < 3; k++) {
      const column = coordinates.filter((_, i) => i % 3 === k)
      expectAgreement(`mean of category ${k}`, meanP(column, 0))
      expectAgreement(`variance of category ${k}`, meanP(column, 1, (z) => z * z))
      expectRejection(`variance without the noise ${k}`, meanP(column, 12 / 13, (z) => z * z))
    }
  })

  it('has noise that is a pure function of seed, stream, column and row', () => {
    const batch = batchOf({ c: [new Utf8(), ['a', 'b', 'a', 'b']], d: [new Utf8(), ['a', 'b', 'a', 'b']] })
    const encoding = fit(batch)
    const all = encoding.encode(batch, { seed: 1, stream: 's', first_row: 100 })
    expect(encoding.encode(batch.slice(2, 4), { seed: 1, stream: 's', first_row: 102 })).toEqual(all.subarray(8))
    expect(restored(encoding).encode(batch, { seed: 1, stream: 's', first_row: 100 })).toEqual(all)
    for (const other of [{ seed: 2, stream: 's', first_row: 100 }, { seed: 1, stream: 't', first_row: 100 }, { seed: 1, stream: 's' }]) expect(encoding.encode(batch, other)).not.toEqual(all)
    expect(all.subarray(0, 2)).not.toEqual(all.subarray(2, 4)) // two columns
  })

  it('gives constant columns no coordinates, and their value back', () => {
    const batch = batchOf({
      k: [new Int64(), [7n, 7n]], v: [new Float32(), [1, 2]], t: [new Utf8(), ['same', 'same']], b: [new Bool(), [true, true]], d: [new DateDay(), [new Date(0), new Date(0)]],
    })
    const encoding = restored(fit(batch))
    expect(encoding.variables).toEqual([{ name: 'v' }])
    expect(encoding.encode(batch).length).toBe(2)
    expect(rowsOf(roundTrip(encoding, batch))).toEqual(rowsOf(batch))
    expect(encoding.encode(floats({ v: [1] })).length).toBe(1)
    expect(() => fit(batch, { columns: ['k'] })).toThrow('column k is constant: there is nothing to model')
  })

  it('takes the columns that it is told, in their order', () => {
    const batch = batchOf({ id: [new Int32(), [1, 2]], a: [new Float32(), [1, 2]], b: [new Float32(), [4, 3]] })
    expect(fit(batch, { exclude: ['id'] }).fields.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(fit(batch, { columns: ['b', 'a'] }).fields.map(({ name }) => name)).toEqual(['b', 'a'])
    expect(() => fit(batch, { columns: ['c'] })).toThrow('column c is not there; the table has id, a, b')
  })

  it.each(METHODS)('says by how much denser coordinates lie than values: %s', (numericMethod) => {
    const encoding = fit(batchOf({ a: [new Float64(), [1, 2, 4, 8, 16, 40]], c: [new Utf8(), ['x', 'y', 'x', 'y', 'x', 'y']] }), { numeric: numericMethod, clamp: false })
    const at = (z: number): Float32Array => Float32Array.of(z, 0, 0)
    const unit = 1 / Math.sqrt(0.25 + 1 / 12) // of each of two categories, half of the rows each
    for (const z of [-3, -0.9, 0.1, 0.8, 3]) {
      const [low, high] = [z - 0.01, z + 0.01].map((near) => numbersIn(decoded(encoding, at(near)))[0] as number)
      const slope = (Math.fround(z + 0.01) - Math.fround(z - 0.01)) / ((high as number) - (low as number))
      expect(encoding.logSlope(at(z))[0]).toBeCloseTo(Math.log(slope) + 2 * Math.log(unit), 3)
    }
  })

  it('fits to several batches as to one', () => {
    const batch = batchOf({ a: [new Float32(), [1, 2, 5, 9]], c: [new Utf8(), ['x', 'y', 'x', 'z']] })
    expect(table({}).fit(batch.schema, [batch.slice(0, 1), batch.slice(1, 4)]).parameters).toEqual(fit(batch).parameters)
  })

  it('decodes coordinates that are not finite to nulls', () => {
    const encoding = fit(batchOf({ a: [new Int32(), [1, 2]], c: [new Utf8(), ['x', 'y']], d: [new Dictionary(new Utf8(), new Int32()), ['x', 'y']] }))
    expect(rowsOf(decoded(encoding, Float32Array.of(NaN, 0, 1, NaN, 1, 0, NaN, 1, 1, 0)))).toEqual([[null, 'y', null], [expect.any(Number), null, 'x']])
  })

  it('names what it cannot be fitted to', () => {
    const nulls = batchOf({ a: [new Float32(), [1, 2]], c: [new Utf8(), ['x', null]] })
    expect(() => fit(nulls)).toThrow(expect.objectContaining({ code: 'data_not_finite', details: { column: 'c', row: 1, value: 'null', remedy: 'in the query (WHERE "c" IS NOT NULL)' } }))
    expect(() => table({}).fit(nulls.schema, [nulls.slice(0, 1), batchOf({ a: [new Float32(), [2, NaN]], c: [new Utf8(), ['x', 'y']] })])).toThrow(expect.objectContaining({ details: { column: 'a', row: 2, value: 'NaN', remedy: 'in the query (WHERE "a" IS NOT NULL AND isfinite("a"))' } }))
    expect(() => fit(batchOf({ l: [new List(new Field('item', new Int32())), [[1]]] }))).toThrow(/which a table model does not take; exclude it/)
    expect(() => fit(batchOf({ c: [new Utf8(), ['a', 'b', 'c']] }), { max_categories: 2 })).toThrow('column c has 3 categories, more than max_categories (2)')
    expect(() => table({}).fit(floats({ a: [] }).schema, [])).toThrow('column a has no rows to be fitted to')
  })

  it('names what it cannot encode', () => {
    const encoding = fit(batchOf({ a: [new TimestampMicrosecond(), [1, 2]], c: [new Utf8(), ['x', 'y']] }))
    const other = (a: DataType, values: readonly unknown[], c: readonly unknown[]): RecordBatch => batchOf({ a: [a, values], c: [new Utf8(), c] })
    expect(() => encoding.encode(other(new TimestampMicrosecond(), [1, null], ['x', 'y']), { first_row: 5 })).toThrow(expect.objectContaining({ code: 'data_not_finite', details: { column: 'a', row: 6, value: 'null', remedy: 'in the query (WHERE "a" IS NOT NULL)' } }))
    expect(() => encoding.encode(other(new TimestampMicrosecond(), [1, 2], ['x', 'q']))).toThrow(expect.objectContaining({ code: 'data_category', details: { column: 'c', row: 1, value: 'q' } }))
    expect(() => encoding.encode(other(new TimestampMillisecond(), [1], ['x']))).toThrow('column a is Timestamp<MILLISECOND>; it was Timestamp<MICROSECOND> when the encoding was fitted')
    expect(() => encoding.encode(floats({ a: [1], c: [1] }))).toThrow(/column a is Float32/)
    expect(() => encoding.encode(floats({ b: [1] }))).toThrow('column a is not there; the batch has b')
    expect([...encoding.encode(other(new TimestampMicrosecond(), [null], ['q']), { invalid: 'mark' })]).toEqual([NaN, NaN, NaN])
  })
})

describe('normalQuantile', () => {
  it.each([[0.5, 0], [0.975, 1.959963984540054], [0.025, -1.959963984540054], [0.9, 1.2815515655446004], [0.001, -3.090232306167813], [1e-5, -4.264890793922825], [1e-9, -5.997807015007687]])('of %d is %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 8)
  })

  it('is the inverse of the distribution function', () => {
    for (let p = 0.001; p < 1; p += 0.001) expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 6)
  })
})
