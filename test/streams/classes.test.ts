/** Classes in tables: read, refused, and written again. */
import { Bool, Dictionary, Field, Float32, Int32, Int64, Uint8, Utf8, Vector, vectorFromArray, type DataType } from 'apache-arrow'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { classColumn, classField, classNumbers, fitClasses } from '../../src/streams/classes.ts'
import { values } from '../../src/streams/encodings/values.ts'
import { encode } from '../../src/streams/operators/encode.ts'
import { collected, table, valuesOf } from './batches.ts'

const rows = (type: DataType, given: readonly unknown[]) => table({ x0: [new Float32(), given.map((_, i) => i)], k: [type, [...given]] } as never)
const fitted = (type: DataType, given: readonly unknown[]) => fitClasses({ column: 'k', dropout: 0.1 }, rows(type, given))
const marked = { first_row: 0, invalid: 'mark' } as const

describe('classes', () => {
  it.each([
    { type: new Utf8(), given: ['b', 'a', null, 'b'], classes: ['a', 'b'], numbers: [1, 0, -1, 1] },
    { type: new Uint8(), given: [7, 10, 9], classes: [7, 9, 10], numbers: [0, 2, 1] },
    { type: new Int64(), given: [5n, -1n], classes: [-1, 5], numbers: [1, 0] },
    { type: new Bool(), given: [true, false], classes: [false, true], numbers: [1, 0] },
  ])('of $type are numbered in order, a null has none', ({ type, given, classes, numbers }) => {
    const found = fitted(type, given)
    expect(found).toEqual({ column: 'k', dropout: 0.1, values: classes })
    expect([...classNumbers(rows(type, given), found, marked)]).toEqual(numbers)
    const column = new Vector([classColumn(found.values)])
    expect([...column].map((value) => (typeof value === 'bigint' ? Number(value) : value))).toEqual(classes)
    expect(String(classField(found).type)).toBe(String(column.type))
  })

  it('of dictionaries are their texts', () => {
    const type = new Dictionary(new Utf8(), new Int32())
    const dictionary = vectorFromArray(['u', 'v', 'u'], type)
    const { values: known } = fitClasses({ column: 'k', dropout: 0 }, table({ k: [type, [...dictionary]] } as never))
    expect(known).toEqual(['u', 'v'])
  })

  it.each([
    { what: 'fractions', type: new Float32(), given: [0.5, 1], problem: /is Float32, not classes/ },
    { what: 'nothing but nulls', type: new Utf8(), given: [null, null], problem: /names no class/ },
    { what: 'a number of its own in each row', type: new Int32(), given: Array.from({ length: 1200 }, (_, i) => i), problem: /has 1200 values/ },
  ])('are not $what', ({ type, given, problem }) => {
    expect(() => fitted(type, given)).toThrow(expect.objectContaining({ code: 'data_column', message: expect.stringMatching(problem) as unknown }) as Error)
  })
})

describe('encode', () => {
  const classes = fitted(new Utf8(), ['a', 'b'])
  const encoding = values({ columns: ['x0'] }).fit(rows(new Utf8(), ['a']).schema, [])

  it('gives the numbers of classes beside x', async () => {
    const batches = await collected(of(rows(new Utf8(), ['b', null, 'a'])).pipe(encode(encoding, { classes })))
    expect([...valuesOf(batches as never, 'class')]).toEqual([1, -1, 0])
    expect(batches[0]?.schema.fields.map((field: Field) => field.name)).toEqual(['x', 'class'])
  })

  it('names column and row of a class that is not known, counted from the start of the stream', async () => {
    const stream = of(rows(new Utf8(), ['b', 'a']), rows(new Utf8(), ['a', 'zebra']))
    await expect(collected(stream.pipe(encode(encoding, { classes })))).rejects.toMatchObject({ code: 'data_category', details: { column: 'k', row: 3, value: '"zebra"' } })
  })

  it('leaves such rows out when told to', async () => {
    const batches = await collected(of(rows(new Utf8(), ['b', 'zebra', 'a'])).pipe(encode(encoding, { classes, on_invalid: 'drop' })))
    expect([...valuesOf(batches as never, 'class')]).toEqual([1, 0])
    expect(([...valuesOf(batches as never, 'x')] as Iterable<number>[]).map((row) => [...row])).toEqual([[0], [2]])
  })
})
