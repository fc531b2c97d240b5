import { Int32, Utf8 } from 'apache-arrow'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { values } from '../../../src/streams/encodings/values.ts'
import { mask } from '../../../src/streams/operators/mask.ts'
import { bytesBatch } from '../image-batches.ts'
import { collected, ints, objectsOf, table, valuesOf } from '../batches.ts'

const IMAGES = bytesBatch([[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]], [2, 3])
const pixels = async (...args: Parameters<typeof mask>): Promise<unknown[][]> => valuesOf(await collected(of(IMAGES).pipe(mask(...args))), 'x').map((image) => [...(image as Iterable<unknown>)])

describe('mask', () => {
  it('makes columns null, all else as it was', async () => {
    const rows = table({ n: [new Int32(), [1, 2, 3]], c: [new Utf8(), ['a', null, 'ü']], k: [new Int32(), [4, 5, 6]] })
    const batches = await collected(of(rows, rows.slice(1, 3)).pipe(mask({ columns: ['n', 'c'] })))
    expect(objectsOf(batches)).toEqual([4, 5, 6, 5, 6].map((k) => ({ n: null, c: null, k })))
    expect(batches[0]?.schema.fields.map(({ nullable }) => nullable)).toEqual([true, true, true])
    expect(objectsOf([rows])[0]).toEqual({ n: 1, c: 'a', k: 4 })
  })

  it('makes a rectangle of images null', async () => {
    expect(await pixels({ region: { top: 1, left: 1 } })).toEqual([[1, 2, 3, 4, null, null], [7, 8, 9, 10, null, null]])
    expect(await pixels({ region: { width: 2, height: 1 } })).toEqual([[null, null, 3, 4, 5, 6], [null, null, 9, 10, 11, 12]])
  })

  it('of slices, and once more, adds to the nulls that are there', async () => {
    const twice = of(IMAGES.slice(1, 2)).pipe(mask({ region: { height: 1, width: 1 } }), mask({ region: { top: 1, left: 2 } }))
    expect([...valuesOf(await collected(twice), 'x')[0] as Iterable<unknown>]).toEqual([null, 8, 9, 10, 11, null])
  })

  it('an encoding takes them for missing, one by one', async () => {
    const [masked] = await collected(of(IMAGES).pipe(mask({ region: { left: 2 } })))
    const coordinates = values({}).fit(IMAGES.schema, []).encode(masked as never, { invalid: 'mark' })
    expect([...coordinates].map(Number.isNaN)).toEqual([false, false, true, false, false, true, false, false, true, false, false, true])
    expect(coordinates[9]).toBeCloseTo(10 / 255, 6)
  })

  it('names what it cannot mask', async () => {
    const error = (...args: Parameters<typeof mask>) => expect(collected(of(IMAGES).pipe(mask(...args)))).rejects
    await error({ columns: ['y'] }).toMatchObject({ code: 'data_column', details: { column: 'y' } })
    await error({ region: { top: 1, height: 2 } }).toMatchObject({ code: 'data_column', details: { problem: 'holds images of 2 by 3 pixels, which the region reaches out of' } })
    await expect(collected(of(ints(1)).pipe(mask({ region: { column: 'v' } })))).rejects.toMatchObject({ code: 'data_column', details: { column: 'v' } })
    expect(() => mask({})).toThrow(/name columns, or a region/)
  })
})
