import { Float64, Utf8 } from 'apache-arrow'
import { expect, it } from 'vitest'
import { selectColumns } from '../../../src/streams/arrow/select.ts'
import { objectsOf, table } from '../batches.ts'

const BATCH = table({ a: [new Float64(), [1, 2]], b: [new Utf8(), ['x', null]], c: [new Float64(), [3, 4]] })

it('takes columns by name, in the order asked for', () => {
  expect(objectsOf([selectColumns(BATCH, ['c', 'b'])])).toEqual([{ c: 3, b: 'x' }, { c: 4, b: null }])
  expect(objectsOf([selectColumns(BATCH.slice(1, 2), ['c', 'a'])])).toEqual([{ c: 4, a: 2 }])
})

it('names a column that is not there', () => {
  expect(() => selectColumns(BATCH, ['a', 'z'])).toThrow('column z is not there; the batch has a, b, c')
})
