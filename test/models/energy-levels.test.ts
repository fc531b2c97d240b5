/** Energy levels: thermodynamics against sums and derivatives, and the temperature of a mean energy. */
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { inverseTemperatureFor, levelStatistics, logPartition } from '../../src/models/energy-levels.ts'

const levels = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 8 }).filter((all) => Math.max(...all) - Math.min(...all) > 0.1)
const temperature = fc.double({ min: 0.2, max: 20, noNaN: true })

describe('statistics', () => {
  test('F = U − τS, and C = dU/dτ', () => {
    fc.assert(fc.property(levels, temperature, (all, tau) => {
      const { probabilities, mean_energy, entropy, free_energy, heat_capacity } = levelStatistics(all, tau)
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
      expect(free_energy).toBeCloseTo(mean_energy - tau * entropy, 9)
      expect(free_energy).toBeCloseTo(-tau * logPartition(all, tau), 9)
      const h = 1e-4 * tau
      expect(heat_capacity).toBeCloseTo((levelStatistics(all, tau + h).mean_energy - levelStatistics(all, tau - h).mean_energy) / (2 * h), 4)
    }))
  })

  test('a two-level system is Fermi\'s function', () => {
    const { probabilities, entropy } = levelStatistics([0, 1], 0.5)
    expect(probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(2)), 12)
    expect(entropy).toBeLessThan(Math.LN2)
  })

  test('cold systems are in their lowest level, hot ones in all alike, at any scale', () => {
    expect(levelStatistics([3, 1, 2], 1e-3).probabilities).toEqual([0, 1, 0])
    expect(levelStatistics([3000, 1000, 2000], 1e9).entropy).toBeCloseTo(Math.log(3), 6)
    expect(levelStatistics([0, 1], -0.5).probabilities[1]).toBeGreaterThan(0.8) // negative temperature: the upper level is fuller
  })
})

describe('the inverse temperature of a mean energy', () => {
  test('gives it back, with either sign', () => {
    fc.assert(fc.property(levels, fc.double({ min: 0.02, max: 0.98, noNaN: true }), (all, share) => {
      const [lowest, highest] = [Math.min(...all), Math.max(...all)]
      const wanted = lowest + share * (highest - lowest)
      const beta = inverseTemperatureFor(all, wanted)
      const even = all.reduce((sum, level) => sum + level, 0) / all.length
      if (Math.abs(beta) > 1e-9) {
        expect(Math.sign(beta)).toBe(Math.sign(even - wanted))
        expect(levelStatistics(all, 1 / beta).mean_energy).toBeCloseTo(wanted, 6)
      }
    }))
  })

  test('is 0 at the mean of all levels, and has the greatest entropy of all with that mean', () => {
    expect(inverseTemperatureFor([0, 1, 2], 1)).toBeCloseTo(0, 12)
    const beta = inverseTemperatureFor([0, 1, 3], 0.8)
    const { probabilities: p, entropy } = levelStatistics([0, 1, 3], 1 / beta)
    // Along the one direction that keeps sum and mean: (2, −3, 1).
    for (const t of [-0.02, 0.02]) {
      const moved = [2, -3, 1].map((d, i) => (p[i] as number) + t * d)
      expect(-moved.reduce((sum, q) => sum + q * Math.log(q), 0)).toBeLessThan(entropy)
    }
  })

  test.each([0, 3, -1, 5, NaN])('of %d, outside the levels, is refused', (mean) => {
    expect(() => inverseTemperatureFor([0, 1, 3], mean)).toThrow(RangeError)
  })
})
