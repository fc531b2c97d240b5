/** Stein variational gradient descent: what its particles come to stand for, and that it is for their keeping apart. */
import { afterAll, expect, test } from 'vitest'
import { inlineExecutor } from '../../../src/engine/index.ts'
import { meanOf, varianceOf } from '../../../src/models/diagnostics/chains.ts'
import { gaussian } from '../../../src/models/energies/gaussian.ts'
import { gaussianMixture } from '../../../src/models/energies/gaussian-mixture.ts'
import type { Energy } from '../../../src/models/energies/contract.ts'
import { svgd } from '../../../src/models/samplers/svgd.ts'
import { gaussianStart } from '../../../src/models/starts/gaussian.ts'
import { sample } from '../../../src/streams/operators/sample/sample.ts'
import type { Declared } from '../../../src/unit.ts'
import { needs } from '../../needs.ts'
import { valuesOf } from '../../streams/batches.ts'
import { gather } from '../../streams/operators/sample/particles.ts'

needs('tensorflow')

const executor = inlineExecutor()
afterAll(() => executor.close())

/** The coordinates of 300 particles, which began as N(1, 2²), after the last step. */
async function rested(energy: Declared<Energy>, sampler = svgd({ step_size: 0.5 }), temperature = 1): Promise<number[][]> {
  const steps = 2000
  const batches = await gather(sample(sampler, { energy, temperature, chains: 300, steps, every: steps, seed: 1, start: gaussianStart({ mean: 1, scale: 2 }), executor }))
  return ['x0', 'x1'].map((name) => valuesOf(batches, name) as number[])
}

test('of a Gaussian they have mean and variance, at any temperature; alone, each ends at the mode', async () => {
  const [means, scales] = [[0.5, -1], [0.7, 1.3]] as const
  const energy = gaussian({ dim: 2, mean: [...means], scale: [...scales] })
  for (const temperature of [1, 2]) {
    const x = await rested(energy, svgd({ step_size: 0.5 }), temperature)
    for (const i of [0, 1] as const) {
      expect(Math.abs(meanOf(x[i] as number[]) - means[i])).toBeLessThan(0.01)
      expect(Math.abs(varianceOf(x[i] as number[]) / (temperature * scales[i] ** 2) - 1)).toBeLessThan(0.05)
    }
  }
  const alone = await rested(energy, svgd({ step_size: 0.5, bandwidth: 1e-3 }))
  for (const i of [0, 1] as const) expect(varianceOf(alone[i] as number[])).toBeLessThan(0.5 * scales[i] ** 2)
})

test('of two modes that are near they find both, with their masses', async () => {
  const energy = gaussianMixture({ components: [{ mean: [-1, 0], scale: 0.7, weight: 0.3 }, { mean: [1, 0], scale: 0.7, weight: 0.7 }] })
  const [x] = await rested(energy)
  expect(Math.abs(meanOf(x as number[]) - 0.4)).toBeLessThan(0.03)
  expect(Math.abs(varianceOf(x as number[]) / (0.49 + 0.84) - 1)).toBeLessThan(0.06)
})
