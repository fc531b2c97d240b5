/** Sources that are generated: two_moons and eight_gaussians. */
import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ringOfGaussians } from '../../../src/models/energies/ring-of-gaussians.ts'
import type { DeclaredSource, SourceContext } from '../../../src/streams/sources/contract.ts'
import { eightGaussians } from '../../../src/streams/sources/eight-gaussians.ts'
import { twoMoons } from '../../../src/streams/sources/two-moons.ts'
import { countsP, distributionP, expectAgreement, expectRejection, meanP, seed } from '../../statistics/checks.ts'
import { normalCdf } from '../../statistics/probability.ts'
import { collected, valuesOf } from '../batches.ts'

const context: SourceContext = { folder: import.meta.dirname, seed: 1, stream: 'training' }

const pointsOf = async (source: DeclaredSource, changes: Partial<SourceContext> = {}): Promise<readonly [Float32Array, Float32Array]> => {
  const batches = await collected(source.open({ ...context, ...changes }).rows$)
  return [Float32Array.from(valuesOf(batches, 'x0') as number[]), Float32Array.from(valuesOf(batches, 'x1') as number[])]
}

describe.each([['two_moons', twoMoons], ['eight_gaussians', eightGaussians]] as const)('%s', (_, unit) => {
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
