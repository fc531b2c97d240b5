import { expect, it } from 'vitest'
import { eBfmi } from '../../../../src/models/diagnostics/e-bfmi.ts'
import { EnergyTransitions } from '../../../../src/models/diagnostics/streaming/energy-transitions.ts'
import { autoregressive, fed } from '../chains.ts'

it('EnergyTransitions give the exact E-BFMI', () => {
  const all = autoregressive(1, 'energies', 3, 500, 0.7)
  const far = { ...all, values: all.values.map((x) => 1e4 + 30 * x) }
  const exact = eBfmi(far)
  fed(new EnergyTransitions(3), far).eBfmi().forEach((value, c) => expect(value / (exact[c] as number)).toBeCloseTo(1, 10))
  expect(exact.every((value) => value > 0.4 && value < 0.8)).toBe(true) // 2 (1 − φ), roughly
})

it('EnergyTransitions without a change are NaN', () => {
  expect([...fed(new EnergyTransitions(1), { values: Float64Array.of(2, 2, 2), chains: 1, draws: 3 }).eBfmi()]).toEqual([NaN])
})
