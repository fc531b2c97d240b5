import { Bool, DateDay, Dictionary, Int32, LargeUtf8, TimestampMicrosecond, Uint8, Utf8, type DataType, type RecordBatch } from 'apache-arrow'
import { EMPTY, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Executor } from '../../../src/engine/index.ts'
import { COMPARISON } from '../../../src/streams/arrow/schemas.ts'
import { keyedDraws } from '../../../src/streams/draws.ts'
import { compare, compareOperator } from '../../../src/streams/operators/compare.ts'
import type { OperatorContext } from '../../../src/streams/operators/contract.ts'
import { collected, floats, lists, objectsOf, particles, table } from '../batches.ts'
import { bytesBatch } from '../image-batches.ts'
import { marbles } from '../marbles.ts'

const normals = (count: number, site: string, shift = 0): number[] => {
  const draws = keyedDraws(3, site)
  return Array.from({ length: count }, (_, i) => draws.normals(i)[0] + shift)
}

describe('compare', () => {
  it('puts mean, sd and distance of both side by side', async () => {
    const [row, ...others] = objectsOf(await collected(of(floats({ x0: [1, 2, 3] }), floats({ x0: [4] })).pipe(compare(of(floats({ x0: [3, 5] }))))))
    expect(others).toEqual([])
    expect(row).toMatchObject({ variable: 'x0', mean: 2.5, other_mean: 4, difference: -1.5, ks_distance: 0.5, num_values: '4n', other_num_values: '2n' })
    expect(row?.sd).toBeCloseTo(Math.sqrt(5 / 3), 12)
    expect(row?.other_sd).toBeCloseTo(Math.SQRT2, 12)
    expect(row?.standardized_difference).toBeCloseTo(-1.5 / Math.sqrt((5 / 3 + 2) / 2), 12)
  })

  it('compares particles with rows, by the variables that both have', async () => {
    const drawn = particles({ step: 1, x: { x0: [1, 2], x1: [3, 4] } })
    const rows = table({ id: [new Int32(), [7, 8]], x1: [new Int32(), [3, 4]], name: [new Utf8(), ['a', 'b']] })
    const [batch] = await collected(of(drawn).pipe(compare(of(rows))))
    expect(objectsOf([batch as never])).toMatchObject([{ variable: 'x1', difference: 0, ks_distance: 0 }])
    expect(batch?.schema.fields.map(String)).toEqual(COMPARISON.fields.map(String))
  })

  it('takes a list as one variable, and two sizes for an error', async () => {
    expect(objectsOf(await collected(of(lists([[1, 2], [3, 4]])).pipe(compare(of(lists([[1, 2]]))))))).toMatchObject([{ variable: 'x', mean: 2.5, other_mean: 1.5, num_values: '4n' }])
    await expect(collected(of(lists([[1, 2]])).pipe(compare(of(lists([[1]])))))).rejects.toMatchObject({ code: 'data_column', message: 'column x has 2 numbers in a row of one stream and 1 of the other' })
  })

  it('compares images of bytes with floats from 0 to 1, and other bytes as they are', async () => {
    const drawn = of(lists([[0, 0.2], [0.4, 1]]))
    expect(objectsOf(await collected(of(bytesBatch([[0, 51], [102, 255]])).pipe(compare(drawn))))).toMatchObject([{ variable: 'x', difference: 0, ks_distance: 0, sliced_wasserstein: 0 }])
    const counts = (...values: number[]) => of(table({ n: [new Uint8(), values] }))
    expect(objectsOf(await collected(counts(1, 3).pipe(compare(counts(2, 4)))))).toMatchObject([{ difference: -1 }])
  })

  it('leaves nulls and what is not finite out', async () => {
    const [row] = objectsOf(await collected(of(table({ v: [new Int32(), [1, null, 3]] })).pipe(compare(of(floats({ v: [1, NaN, Infinity, 3] }))))))
    expect(row).toMatchObject({ mean: 2, other_mean: 2, ks_distance: 0, num_values: '2n', other_num_values: '2n' })
  })

  it('compares booleans and times as numbers, text by the shares of its categories', async () => {
    const rows = (flags: readonly (boolean | null)[], days: readonly number[], texts: readonly (string | null)[], type = new Utf8() as DataType) => of(table({
      flag: [new Bool(), flags],
      day: [new DateDay(), days.map((day) => new Date(day * 86_400_000))],
      at: [new TimestampMicrosecond('UTC'), days],
      text: [type, texts],
    }))
    const other = rows([true, true, true, null], [3, 3, 5, 5], ['a', 'c', 'c', 'c'], new Dictionary(new Utf8(), new Int32()))
    const [batch] = await collected(rows([true, false, true, false], [1, 2, 3, 4], ['a', 'b', null, 'a']).pipe(compare(other)))
    const [flag, day, at, text] = objectsOf([batch as RecordBatch])
    expect(flag).toMatchObject({ variable: 'flag', mean: 0.5, other_mean: 1, ks_distance: 0.5, total_variation: null, num_values: '4n', other_num_values: '3n' })
    expect(day).toMatchObject({ variable: 'day', mean: 2.5, other_mean: 4, ks_distance: 0.5 })
    expect(at).toMatchObject({ variable: 'at', mean: 2500, difference: -1500 })
    expect(text).toMatchObject({ variable: 'text', mean: null, sd: null, difference: null, standardized_difference: null, ks_distance: null, num_values: '3n', other_num_values: '4n' })
    expect(text?.total_variation).toBeCloseTo(0.75, 12)
    expect(text?.squared_mmd).toBe(flag?.squared_mmd)
  })

  it('of text alone has no joint distances; leaves out columns that are of other things on the other side', async () => {
    const texts = of(table({ c: [new Utf8(), ['a', 'b']], v: [new Int32(), [1, 2]], t: [new DateDay(), [new Date(0), new Date(0)]] }))
    const others = of(table({ c: [new LargeUtf8(), ['b', 'a']], v: [new Utf8(), ['1', '2']], t: [new TimestampMicrosecond('UTC'), [0, 0]] }))
    expect(objectsOf(await collected(texts.pipe(compare(others))))).toMatchObject([{ variable: 'c', total_variation: 0, squared_mmd: null, sliced_wasserstein: null }])
    expect(objectsOf(await collected(texts.pipe(compare(EMPTY))))).toMatchObject([{ variable: 'c', total_variation: null, num_values: '2n' }, { variable: 'v' }, { variable: 't' }])
  })

  it('sees a shift in a sample, and none where there is none', async () => {
    const against = async (shift: number): Promise<number> => {
      const stream = of(floats({ x0: normals(50_000, 'one') })).pipe(compare(of(floats({ x0: normals(50_000, 'two', shift) })), { sample_values: 5000 }))
      return objectsOf(await collected(stream))[0]?.ks_distance as number
    }
    expect(await against(0)).toBeLessThan(1.95 * Math.sqrt(2 / 5000)) // alpha 1e-3, with a seed that is fixed
    expect(await against(0.2)).toBeGreaterThan(1.95 * Math.sqrt(2 / 5000))
  })

  it('compares the joint distributions: alike in every variable, not in both at once', async () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((site) => normals(3000, site)) as [number[], number[], number[], number[]]
    const along = (x: readonly number[], y: readonly number[], sign: number) => of(floats({ x0: x, x1: x.map((value, i) => 0.8 * sign * value + 0.6 * (y[i] as number)) }))
    const joint = async (sign: number) => objectsOf(await collected(along(a, b, 1).pipe(compare(along(c, d, sign))))) as Record<string, number>[]
    const [same, mirrored] = [await joint(1), await joint(-1)]
    for (const row of mirrored) expect(row.ks_distance).toBeLessThan(0.1)
    for (const of of ['squared_mmd', 'sliced_wasserstein', 'squared_energy_distance'] as const) {
      expect(mirrored.map((row) => row[of])).toEqual([mirrored[0]?.[of], mirrored[0]?.[of]]) // of all variables, in each row
      expect(mirrored[0]?.[of], of).toBeGreaterThan(4 * Math.abs(same[0]?.[of] as number))
    }
  })

  it('divides coordinates by their deviation, unless told not to', async () => {
    const x = normals(600, 'one')
    const y = normals(600, 'two', 0.5)
    const against = async (unit: number, standardize: boolean) => {
      const scaled = (values: readonly number[]) => of(floats({ x0: values.map((value) => unit * value) }))
      return (objectsOf(await collected(scaled(x).pipe(compare(scaled(y), { standardize }))))[0] as Record<string, number>).sliced_wasserstein as number
    }
    expect(await against(1000, true)).toBeCloseTo(await against(1, true), 5)
    expect((await against(1000, false)) / (await against(1, false))).toBeCloseTo(1000, 1)
    expect(await against(1, false)).toBeCloseTo(0.5, 0)
  })

  it('takes the joint distances of whole rows, at most so many of each side', async () => {
    const rows = (count: number) => of(floats({ x0: [...Array(count).keys()], x1: [...Array(count).keys()].map((i) => (i % 10 === 0 ? NaN : 2 * i)) }))
    const [row] = objectsOf(await collected(rows(5000).pipe(compare(rows(5000), { sample_rows: 50 })))) as Record<string, number>[]
    expect(Math.abs(row?.squared_mmd as number)).toBeLessThan(0.2)
    const [few] = objectsOf(await collected(rows(2).pipe(compare(rows(2)))))
    expect(few).toMatchObject({ squared_mmd: null, sliced_wasserstein: null, squared_energy_distance: null }) // one row without NaN
  })

  it('is the same each time', async () => {
    const stream = of(floats({ x0: normals(3000, 'one') })).pipe(compare(of(floats({ x0: normals(3000, 'two') })), { sample_values: 100 }))
    expect(objectsOf(await collected(stream))).toEqual(objectsOf(await collected(stream)))
  })

  it('names what it cannot compare', async () => {
    await expect(collected(of(floats({ a: [1] })).pipe(compare(of(floats({ b: [1] })))))).rejects.toMatchObject({ code: 'data_column', message: 'column a is not among the columns of the other stream that can be compared: b' })
    const at = (a: number | string) => of(table({ a: [typeof a === 'number' ? new Int32() : new Utf8(), [a]] }))
    await expect(collected(at(1).pipe(compare(at('x'))))).rejects.toMatchObject({ code: 'data_column', message: 'column a is Int32 in one stream and Utf8 in the other' })
  })

  it('beside an empty stream gives nulls; two empty streams give nothing', async () => {
    expect(objectsOf(await collected(of(floats({ a: [1, 2] })).pipe(compare(EMPTY))))).toMatchObject([{ variable: 'a', mean: 1.5, other_mean: null, ks_distance: null, other_num_values: '0n' }])
    expect(objectsOf(await collected(EMPTY.pipe(compare(of(floats({ a: [1, 2] }))))))).toMatchObject([{ variable: 'a', mean: null, other_mean: 1.5 }])
    expect(await collected(EMPTY.pipe(compare(EMPTY)))).toEqual([])
  })

  it('emits when both have ended, and leaves both', async () => {
    const [a, b] = [floats({ x0: [1, 2] }), floats({ x0: [1, 2] })]
    const [same] = await collected(of(a).pipe(compare(of(b))))
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [one, other] = [cold('a|', { a }), cold('---b|', { b })]
      expectObservable(one.pipe(compare(other))).toBe('----(x|)', { x: same as never })
      expectSubscriptions(one.subscriptions).toBe('^!')
      expectSubscriptions(other.subscriptions).toBe('^---!')
      const [early, late] = [cold('a---', { a }), cold('b---', { b })]
      expectObservable(early.pipe(compare(late)), '^-!').toBe('---')
      expectSubscriptions(early.subscriptions).toBe('^-!')
      expectSubscriptions(late.subscriptions).toBe('^-!')
      const failing = cold('--#', { a })
      expectObservable(cold('a---', { a }).pipe(compare(failing))).toBe('--#')
    })
  })

  it('finds the other stream by its name', async () => {
    const context: OperatorContext = { seed: 1, stream: 'one', site: 'one', executor: undefined as unknown as Executor, stop: new AbortController().signal, model: () => { throw new Error('none') }, from: (name) => of(floats({ [name]: [1] })) }
    const [row] = objectsOf(await collected(of(floats({ other: [1] })).pipe(compareOperator({ to: 'other' }).build(context))))
    expect(row).toMatchObject({ variable: 'other', difference: 0 })
  })
})
