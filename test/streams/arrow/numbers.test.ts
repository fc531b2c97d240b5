import { Bool, DateDay, DateMillisecond, Decimal, DurationSecond, Field, FixedSizeList, Float16, Float32, Float64, Int16, Int32, Int64, Int8, List, TimeMicrosecond, TimestampMicrosecond, Uint16, Uint32, Uint64, Uint8, Utf8, type DataType } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnFromNumbers, roundedTo } from '../../../src/streams/arrow/from-numbers.ts'
import { isNumber, isNumeric, isTime, numbersOf, readNumbers } from '../../../src/streams/arrow/numbers.ts'
import { typeName, typeNamed } from '../../../src/streams/arrow/type-names.ts'
import { floats, lists, table } from '../batches.ts'
import { batchesOf, columnOf, rowsOf } from './arbitrary-batches.ts'

describe('numbersOf', () => {
  it.each(['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'float16', 'float32', 'float64', 'bool'])('reads %s as Arrow does, slices and nulls too', (kind) => {
    fc.assert(fc.property(batchesOf([kind]), ([batch]) => {
      const expected = rowsOf(batch as never).map((row) => {
        const [value] = row as [unknown]
        return value === null ? NaN : value === '-0' ? -0 : Number(String(value).replace(/n$/, '').replace('true', '1').replace('false', '0'))
      })
      expect([...(numbersOf(batch?.data.children[0] as never)?.values ?? [])]).toEqual(expected)
    }), { numRuns: 60 })
  })

  it('reads lists, NaN where they or their items are null', () => {
    const type = new FixedSizeList(2, new Field('item', new Int32(), true))
    const data = columnOf(type, [[1, 2], null, [3, null]])
    expect(numbersOf(data)).toMatchObject({ size: 2, is_list: true, values: Float64Array.of(1, 2, NaN, NaN, 3, NaN) })
    expect(numbersOf(data.slice(1, 2))?.values).toEqual(Float64Array.of(NaN, NaN, 3, NaN))
    const nested = new FixedSizeList(2, new Field('item', type, true))
    expect(numbersOf(columnOf(nested, [[[1, 2], [3, 4]]]))).toMatchObject({ size: 4, values: Int32Array.of(1, 2, 3, 4) })
  })

  it('reads times in their own units, and decimals by value', () => {
    expect([...(numbersOf(columnOf(new DateDay(), [new Date(86_400_000 * 3)]))?.values ?? [])]).toEqual([3])
    expect([...(numbersOf(columnOf(new TimestampMicrosecond(), [5]))?.values ?? [])]).toEqual([5000])
    expect([...(numbersOf(columnFromNumbers(new Decimal(2, 10, 128), Float64Array.of(-1.25, 123456.78, 0)))?.values ?? [])]).toEqual([-1.25, 123456.78, 0])
  })

  it('gives float32 without a copy', () => {
    const batch = lists([[1, 2], [3, 4]]).slice(1, 2)
    const { values } = readNumbers(batch, 'x')
    expect(values).toEqual(Float32Array.of(3, 4))
    expect(values.buffer).toBe((batch.data.children[0]?.children[0]?.values as Float32Array).buffer)
  })

  it('names a column that is missing or not of numbers', () => {
    expect(() => readNumbers(floats({ a: [1] }), 'b')).toThrow('column b is not there; the batch has a')
    expect(() => readNumbers(table({ t: [new Utf8(), ['a']] }), 't')).toThrow('column t is Utf8, not numbers')
    expect(numbersOf(columnOf(new List(new Field('item', new Int32(), true)), [[1]]))).toBe(undefined)
  })

  it('knows which types are numbers, and which are times', () => {
    expect([new Int8(), new Float64(), new Decimal(0, 1), new Bool(), new Utf8(), new DateDay()].map(isNumber)).toEqual([true, true, true, false, false, false])
    expect([new DateDay(), new TimeMicrosecond(), new TimestampMicrosecond(), new DurationSecond(), new Int8()].map(isTime)).toEqual([true, true, true, true, false])
    expect([new FixedSizeList(2, new Field('item', new Uint8())), new FixedSizeList(2, new Field('item', new Utf8()))].map(isNumeric)).toEqual([true, false])
  })
})

const TYPES: readonly [DataType, fc.Arbitrary<number>][] = [
  [new Int8(), fc.integer({ min: -128, max: 127 })],
  [new Int16(), fc.integer({ min: -32768, max: 32767 })],
  [new Int32(), fc.integer()],
  [new Int64(), fc.maxSafeInteger()],
  [new Uint8(), fc.integer({ min: 0, max: 255 })],
  [new Uint16(), fc.integer({ min: 0, max: 65_535 })],
  [new Uint32(), fc.nat({ max: 2 ** 32 - 1 })],
  [new Uint64(), fc.maxSafeNat()],
  [new Float16(), fc.integer({ min: -100, max: 100 })],
  [new Float32(), fc.float({ noNaN: true, noDefaultInfinity: true })],
  [new Float64(), fc.double({ noNaN: true, noDefaultInfinity: true })],
  [new DateDay(), fc.integer({ min: -1e6, max: 1e6 })],
  [new DateMillisecond(), fc.integer({ min: -1e6, max: 1e6 }).map((days) => days * 86_400_000)],
  [new TimestampMicrosecond('UTC'), fc.maxSafeInteger()],
  [new Decimal(3, 15, 128), fc.integer({ min: -1e9, max: 1e9 }).map((value) => value / 1000)],
]

describe('columnFromNumbers', () => {
  it.each(TYPES.map(([type, value]) => [String(type), type, value] as const))('%s gives back what numbersOf reads', (_, type, value) => {
    fc.assert(fc.property(fc.array(fc.option(value, { nil: NaN, freq: 6 })), (numbers) => {
      expect([...(numbersOf(columnFromNumbers(type, Float64Array.from(numbers)))?.values ?? [])].map((n) => n + 0)).toEqual(numbers.map((n) => n + 0))
    }))
  })

  it('rounds and keeps within the range of the type', () => {
    const [small, huge] = [columnFromNumbers(new Uint8(), Float64Array.of(-3, 2.5, 300)), columnFromNumbers(new Int64(), Float64Array.of(-1e30, 1e30))]
    expect(numbersOf(small)?.values).toEqual(Uint8Array.of(0, 3, 255))
    expect([...(huge.values as BigInt64Array)].map((value) => value < 0n)).toEqual([true, false])
    expect(numbersOf(columnFromNumbers(new DateMillisecond(), Float64Array.of(86_400_000 * 2.4)))?.values).toEqual(Float64Array.of(86_400_000 * 2))
    expect(roundedTo(new Decimal(2, 10), 1.234)).toBe(1.23)
    expect(roundedTo(new Float32(), 1.5)).toBe(1.5)
  })

  it.each([[3, 2], [9, 0], [18, 4], [28, 3], [38, 38]])('keeps decimals of %i digits, %i of them behind the point, within their digits', (precision, scale) => {
    const { values } = columnFromNumbers(new Decimal(scale, precision, 128), Float64Array.of(9.999, 1, -1, 1e200, -1e200).map((number) => number * 10 ** (precision - scale - 1)))
    const most = 10n ** BigInt(precision) - 1n
    for (let row = 0; row < 5; row++) {
      const number = BigInt.asIntN(128, [3, 2, 1, 0].reduce((sum, word) => (sum << 32n) | BigInt((values as Uint32Array)[4 * row + word] as number), 0n))
      expect(number >= -most && number <= most).toBe(true)
      expect(String(number).replace('-', '')).toHaveLength(precision)
    }
  })

  it('gives a null for what is not finite', () => {
    expect([...[NaN, 1, Infinity].keys()].map((i) => columnFromNumbers(new Int32(), Float64Array.of(NaN, 1, Infinity)).getValid(i))).toEqual([false, true, false])
  })
})

describe('type names', () => {
  it.each([
    ...TYPES.map(([type]) => type), new Bool(), new Utf8(), new TimeMicrosecond(), new DurationSecond(), new TimestampMicrosecond(), new Decimal(-2, 38, 256),
  ].map((type) => [typeName(type) as string, type] as const))('%s names its type', (name, type) => {
    const named = typeNamed(name)
    expect(String(named)).toBe(String(type))
    expect(typeName(named)).toBe(name)
    expect(named.typeId).toBe(type.typeId)
  })

  it('has none for types that are no columns of a table', () => {
    expect(typeName(new List(new Field('item', new Int32())))).toBe(undefined)
    expect(() => typeNamed('int7')).toThrow('no Arrow type is called int7')
  })
})
