import { expect, test } from 'vitest'
import { giveBackRoom, takeRoom } from '../../../../src/streams/operators/numeric/rooms.ts'

/** Numbers in a megabyte. */
const MB = 2 ** 18

test('memory that was given back serves the next stream, whatever its shape; nobody shares it before', () => {
  const [first, second] = [takeRoom([2, 500]), takeRoom([1000])]
  expect(second.data.buffer).not.toBe(first.data.buffer)
  giveBackRoom(first)
  const third = takeRoom([10, 100])
  expect(third.data.buffer).toBe(first.data.buffer)
  expect(third.shape).toEqual([10, 100])
  expect(takeRoom([1000]).data.buffer).not.toBe(first.data.buffer)
})

test('no more than 32 MB are kept, the last that were given back', () => {
  const rooms = Array.from({ length: 5 }, () => takeRoom([8 * MB]))
  rooms.forEach(giveBackRoom)
  const known = rooms.map(({ data }) => data.buffer)
  const again = rooms.map(() => known.indexOf(takeRoom([8 * MB]).data.buffer))
  expect(again).toEqual([1, 2, 3, 4, -1])
})
