import { describe, expect, it } from 'vitest'
import { keyedDraws } from '../../src/streams/draws.ts'
import { correlationP, countsP, distributionP, expectAgreement, expectRejection, seed } from '../statistics/checks.ts'
import { normalCdf } from '../statistics/probability.ts'

const COUNT = 100_000
const numbers = (value: (row: number) => number): Float64Array => Float64Array.from({ length: COUNT }, (_, row) => value(row))

describe('keyedDraws', () => {
  const draws = keyedDraws(seed(21), 'test')

  it('gives uniform, integer and normal numbers', () => {
    expectAgreement('uniform', distributionP(numbers((row) => draws.uniform(row)), (u) => u))
    expectAgreement('uniform of another slot', distributionP(numbers((row) => draws.uniform(row, 2047)), (u) => u))
    expectAgreement('normal', distributionP(numbers((row) => draws.normals(row)[0]), normalCdf))
    expectAgreement('the other normal', distributionP(numbers((row) => draws.normals(row)[1]), normalCdf))
    const counts = Array.from({ length: 7 }, () => 0)
    for (let row = 0; row < COUNT; row++) counts[draws.below(7, row)] = (counts[draws.below(7, row)] as number) + 1
    expectAgreement('integers', countsP(counts, new Array<number>(7).fill(1 / 7)))
    expectRejection('integers of another range', countsP([...counts, 0], new Array<number>(8).fill(1 / 8)))
  })

  it('gives independent numbers to rows, slots, sites and seeds', () => {
    const here = numbers((row) => draws.uniform(row))
    expectAgreement('the next row', correlationP(here, numbers((row) => draws.uniform(row + 1))))
    expectAgreement('another slot', correlationP(here, numbers((row) => draws.uniform(row, 1))))
    expectAgreement('another site', correlationP(here, numbers((row) => keyedDrawsOther.uniform(row))))
    expectAgreement('another seed', correlationP(here, numbers((row) => keyedDrawsNext.uniform(row))))
    expectAgreement('the two normals', correlationP(numbers((row) => draws.normals(row)[0]), numbers((row) => draws.normals(row)[1])))
  })
  const keyedDrawsOther = keyedDraws(seed(21), 'other')
  const keyedDrawsNext = keyedDraws(seed(22), 'test')

  it('is a pure function of where it stands', () => {
    const [a, b] = [keyedDraws(5, 'here'), keyedDraws(5, 'here')]
    expect([3, 1, 2].map((row) => a.uniform(row))).toEqual([3, 1, 2].map((row) => b.uniform(row)))
  })

  it('tells rows above 2^32 apart', () => {
    const rows = [7, 2 ** 32 + 7, 2 ** 33 + 7, 2 ** 52 + 7]
    expect(new Set(rows.map((row) => draws.uniform(row))).size).toBe(4)
  })

  it('never draws an end', () => {
    for (let row = 0; row < COUNT; row++) {
      const u = draws.uniform(row)
      if (u <= 0 || u >= 1 || draws.below(3, row) > 2) expect(u).toBe('in (0, 1)')
    }
    expect((2 ** 32 - 1) * 2 ** 20 + (2 ** 20 - 1) + 0.5).toBeLessThan(2 ** 52) // the largest that can be drawn
  })
})
