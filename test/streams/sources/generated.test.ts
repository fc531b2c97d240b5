/** Sources that are generated: points in the plane. */
import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ringOfGaussians } from '../../../src/models/energies/ring-of-gaussians.ts'
import type { DeclaredSource, SourceContext } from '../../../src/streams/sources/contract.ts'
import { checkerboard } from '../../../src/streams/sources/checkerboard.ts'
import { eightGaussians } from '../../../src/streams/sources/eight-gaussians.ts'
import { pinwheel } from '../../../src/streams/sources/pinwheel.ts'
import { rings } from '../../../src/streams/sources/rings.ts'
import { spirals } from '../../../src/streams/sources/spirals.ts'
import { swissRoll } from '../../../src/streams/sources/swiss-roll.ts'
import { twoMoons } from '../../../src/streams/sources/two-moons.ts'
import { countsP, distributionP, expectAgreement, expectRejection, meanP, seed } from '../../statistics/checks.ts'
import { normalCdf } from '../../statistics/probability.ts'
import { collected, valuesOf } from '../batches.ts'

const context: SourceContext = { folder: import.meta.dirname, seed: 1, stream: 'training' }

const pointsOf = async (source: DeclaredSource, changes: Partial<SourceContext> = {}): Promise<readonly [Float32Array, Float32Array]> => {
  const batches = await collected(source.open({ ...context, ...changes }).rows$)
  return [Float32Array.from(valuesOf(batches, 'x0') as number[]), Float32Array.from(valuesOf(batches, 'x1') as number[])]
}

describe.each([
  ['two_moons', twoMoons], ['eight_gaussians', eightGaussians], ['swiss_roll', swissRoll], ['checkerboard', checkerboard], ['pinwheel', pinwheel], ['spirals', spirals], ['rings', rings],
] as const)('%s', (_, unit) => {
  it('has the rows, batches and schema that it declares', async () => {
    const source = unit({ rows: 25, batch_rows: 10 }).open(context)
    const batches = await collected(source.rows$)
    expect(batches.map(({ numRows }) => numRows)).toEqual([10, 10, 5])
    expect((await source.schema()).fields.map(String)).toEqual(['x0: Float32', 'x1: Float32'])
    expect(await source.numRows?.()).toBe(25)
  })

  it('is a pure function of seed, stream and row', async () => {
    const once = await pointsOf(unit({ rows: 50, batch_rows: 7 }))
    expect(await pointsOf(unit({ rows: 50, batch_rows: 50 }))).toEqual(once)
    expect(await pointsOf(unit({ rows: 50 }), { seed: 2 })).not.toEqual(once)
    expect(await pointsOf(unit({ rows: 50 }), { stream: 'other' })).not.toEqual(once)
    expect((await pointsOf(unit({ rows: 20 })))[0]).toEqual(once[0].subarray(0, 20))
  })

  it('may have no end, and respects a limit', async () => {
    const source = unit({ rows: 'infinite', batch_rows: 10 })
    expect((await collected(source.open(context).rows$.pipe(take(5)))).length).toBe(5)
    expect(await source.open(context).numRows?.()).toBe(undefined)
    expect((await pointsOf(source, { limit: 15 }))[0].length).toBe(15)
    expect(await source.open({ ...context, limit: 15 }).numRows?.()).toBe(15)
  })
})

const ROWS = 100_000

describe('two_moons', () => {
  it('has the mean and the variance of its header', async () => {
    const [x0, x1] = await pointsOf(twoMoons({ rows: ROWS, noise: 0.2 }), { seed: seed(11) })
    expectAgreement('mean of x0', meanP(x0, 0.5))
    expectAgreement('mean of x1', meanP(x1, 0.25))
    expectAgreement('variance of x0', meanP(x0, 0.75 + 0.04, (x) => (x - 0.5) ** 2))
    expectAgreement('variance of x1', meanP(x1, 9 / 16 - 1 / Math.PI + 0.04, (x) => (x - 0.25) ** 2))
    expectRejection('variance of x1 without noise', meanP(x1, 9 / 16 - 1 / Math.PI, (x) => (x - 0.25) ** 2))
  })

  it('without noise lies on the two half circles, evenly', async () => {
    const [x0, x1] = await pointsOf(twoMoons({ rows: 20_000, noise: 0 }), { seed: seed(12) })
    const angles = Float64Array.from(x0, (x, i) => {
      const y = x1[i] as number
      const is_outer = Math.abs(Math.hypot(x, y) - 1) < 1e-6 && y >= 0
      const [cosine, sine] = is_outer ? [x, y] : [1 - x, 0.5 - y]
      expect(Math.hypot(cosine, sine)).toBeCloseTo(1, 5)
      expect(sine).toBeGreaterThanOrEqual(-1e-6)
      return Math.atan2(sine, cosine) / Math.PI
    })
    expectAgreement('angle', distributionP(angles, (u) => Math.min(1, Math.max(0, u))))
  })
})

describe('eight_gaussians', () => {
  it('has its modes in equal parts, normal around each', async () => {
    const [x0, x1] = await pointsOf(eightGaussians({ rows: ROWS }), { seed: seed(13) })
    const modes = Array.from(x0, (x, i) => (Math.round((Math.atan2(x1[i] as number, x) / Math.PI) * 4) + 8) % 8)
    const counts = Array.from({ length: 8 }, (_, k) => modes.filter((mode) => mode === k).length)
    expectAgreement('modes', countsP(counts, new Array<number>(8).fill(1 / 8)))
    expectAgreement('mean of x0', meanP(x0, 0))
    expectAgreement('variance of x0', meanP(x0, 8.25, (x) => x * x))
    expectAgreement('variance of x1', meanP(x1, 8.25, (x) => x * x))
    const narrow = await pointsOf(eightGaussians({ rows: 20_000, radius: 100, scale: 0.5 }), { seed: seed(14) })
    const off = narrow[0].filter((x, i) => x > 90 && Math.abs(narrow[1][i] as number) < 10).map((x) => (x - 100) / 0.5)
    expectAgreement('distance from the mode', distributionP(off, normalCdf))
  })

  it('is what ring_of_gaussians is the energy of', () => {
    expect(eightGaussians.config.parse({})).toMatchObject({ radius: ringOfGaussians.config.parse({}).radius, scale: ringOfGaussians.config.parse({}).scale })
    expect(ringOfGaussians.config.parse({}).modes).toBe(8)
  })
})

const squareOf = (points: readonly [Float32Array, Float32Array]): Float64Array => Float64Array.from(points[0], (x, i) => x * x + (points[1][i] as number) ** 2)
const uniformCdf = (u: number): number => Math.min(1, Math.max(0, u))

describe('swiss_roll', () => {
  it('has the mean and the square of its header', async () => {
    const points = await pointsOf(swissRoll({ rows: ROWS, radius: 3, noise: 0.2 }), { seed: seed(15) })
    expectAgreement('mean of x0', meanP(points[0], 12 / (9 * Math.PI)))
    expectAgreement('mean of x1', meanP(points[1], 12 / (27 * Math.PI ** 2)))
    expectAgreement('square', meanP(squareOf(points), (13 / 27) * 9 + 0.08))
    expectRejection('square without noise', meanP(squareOf(points), (13 / 27) * 9))
  })

  it('without noise lies on the spiral, evenly in its angle', async () => {
    const [x0, x1] = await pointsOf(swissRoll({ rows: 20_000, noise: 0 }), { seed: seed(16) })
    const angles = Float64Array.from(x0, (x, i) => {
      const t = (Math.hypot(x, x1[i] as number) / 4) * 4.5 * Math.PI
      expect(Math.hypot(x - (4 * t * Math.cos(t)) / (4.5 * Math.PI), (x1[i] as number) - (4 * t * Math.sin(t)) / (4.5 * Math.PI))).toBeLessThan(1e-4)
      return (t / (1.5 * Math.PI) - 1) / 2
    })
    expectAgreement('angle', distributionP(angles, uniformCdf))
  })
})

describe('checkerboard', () => {
  it('fills its dark squares evenly, and no others', async () => {
    const [x0, x1] = await pointsOf(checkerboard({ rows: ROWS, radius: 3, squares: 6 }), { seed: seed(17) })
    const counts = new Array<number>(36).fill(0)
    x0.forEach((x, i) => counts[6 * Math.floor(x + 3) + Math.floor((x1[i] as number) + 3)]!++)
    const dark = counts.filter((_, square) => (Math.floor(square / 6) + square) % 2 === 0)
    expect(dark.reduce((sum, count) => sum + count, 0)).toBe(ROWS)
    expectAgreement('squares', countsP(dark, new Array<number>(18).fill(1 / 18)))
    expectAgreement('x0', distributionP(x0, (x) => uniformCdf((x + 3) / 6)))
    expectAgreement('x1', distributionP(x1, (x) => uniformCdf((x + 3) / 6)))
  })

  it('has an even number of squares', () => {
    expect(() => checkerboard({ squares: 3 })).toThrow(/squares/)
  })
})

describe('pinwheel', () => {
  it('has the square of its header', async () => {
    const points = await pointsOf(pinwheel({ rows: ROWS, radius: 1.5 }), { seed: seed(18) })
    expectAgreement('square', meanP(squareOf(points), 2.25 * (1 + 0.09 + 0.01)))
    expectRejection('square of straight needles', meanP(squareOf(points), 2.25 * (1 + 0.01)))
  })

  it('without width has equal arms, bent by the distance, normal along them', async () => {
    const [x0, x1] = await pointsOf(pinwheel({ rows: 20_000, radius: 2, radial_sd: 0.1, tangential_sd: 0, arms: 3 }), { seed: seed(19) })
    const counts = [0, 0, 0]
    const along = Float64Array.from(x0, (x, i) => {
      const u = Math.hypot(x, x1[i] as number) / 2
      const arm = ((Math.atan2(x1[i] as number, x) - 0.25 * Math.exp(u)) / (2 * Math.PI)) * 3
      expect(Math.abs(arm - Math.round(arm))).toBeLessThan(1e-4)
      counts[(Math.round(arm) + 6) % 3]!++
      return (u - 1) / 0.1
    })
    expectAgreement('arms', countsP(counts, [1 / 3, 1 / 3, 1 / 3]))
    expectAgreement('along an arm', distributionP(along, normalCdf))
  })
})

describe('spirals', () => {
  it('has the mean and the square of its header', async () => {
    const points = await pointsOf(spirals({ rows: ROWS, radius: 3, noise: 0.2 }), { seed: seed(20) })
    expectAgreement('mean of x0', meanP(points[0], 0))
    expectAgreement('mean of x1', meanP(points[1], 0))
    expectAgreement('square', meanP(squareOf(points), 4.5 + 0.08))
    expectRejection('square without noise', meanP(squareOf(points), 4.5))
  })

  it('without noise has equal spirals, filled by the square of the distance', async () => {
    const [x0, x1] = await pointsOf(spirals({ rows: 20_000, arms: 3, turns: 2, noise: 0 }), { seed: seed(21) })
    const counts = [0, 0, 0]
    const out = Float64Array.from(x0, (x, i) => {
      const r = Math.hypot(x, x1[i] as number) / 4
      const arm = 3 * (Math.atan2(x1[i] as number, x) / (2 * Math.PI) - 2 * r)
      expect(Math.abs(arm - Math.round(arm)) * r).toBeLessThan(1e-4)
      counts[(Math.round(arm) + 9) % 3]!++
      return r * r
    })
    expectAgreement('spirals', countsP(counts, [1 / 3, 1 / 3, 1 / 3]))
    expectAgreement('square of the distance', distributionP(out, uniformCdf))
  })
})

describe('rings', () => {
  it('has the mean and the square of its header', async () => {
    const points = await pointsOf(rings({ rows: ROWS, circles: 3, radius: 3, noise: 0.2 }), { seed: seed(22) })
    expectAgreement('mean of x0', meanP(points[0], 0))
    expectAgreement('mean of x1', meanP(points[1], 0))
    expectAgreement('square', meanP(squareOf(points), (9 * 4 * 7) / 54 + 0.08))
    expectRejection('square without noise', meanP(squareOf(points), (9 * 4 * 7) / 54))
  })

  it('without noise has equal circles, filled evenly', async () => {
    const [x0, x1] = await pointsOf(rings({ rows: 20_000, noise: 0 }), { seed: seed(23) })
    const counts = [0, 0, 0, 0]
    const angles = Float64Array.from(x0, (x, i) => {
      const r = Math.hypot(x, x1[i] as number)
      expect(r).toBeCloseTo(Math.round(r), 5)
      counts[Math.round(r) - 1]!++
      return Math.atan2(x1[i] as number, x) / (2 * Math.PI) + 0.5
    })
    expectAgreement('circles', countsP(counts, [0.25, 0.25, 0.25, 0.25]))
    expectAgreement('angle', distributionP(angles, uniformCdf))
  })
})
