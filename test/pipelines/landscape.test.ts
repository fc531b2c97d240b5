/** Energies on a grid: of which streams there are any, and what stands outside of a support. */
import { expect, test } from 'vitest'
import { landscapesOf } from '../../src/pipelines/landscape.ts'
import { lint } from '../../src/pipelines/lint.ts'

const MODEL = `models:
  m: { net: mlp, noise: { geometric: { largest: 4, smallest: 0.1, levels: 4 } } }
`
const training = '  training: { source: { two_moons: { rows: 100 } }, through: [{ perturb: { model: m } }, { loss: { model: m, denoising_score_matching: {} } }, { optimize: { model: m, adam: {} } }] }\n'

async function landscapes(streams: string, models = ''): Promise<ReturnType<typeof landscapesOf>> {
  const { declaration, issues } = await lint(`name: l\n${models}streams:\n${streams}`)
  if (declaration === undefined) throw new Error(issues.map(({ message }) => message).join('\n'))
  return landscapesOf(declaration)
}

const sample = (energy: string): string => `{ sample: { energy: ${energy}, sampler: { langevin: { step_size: 0.01 } }, chains: 10, steps: 5 } }`

test('streams that sample an energy of two variables have one, and those that read them', async () => {
  const found = await landscapes(`  thinned: { from: ring, through: [{ thin: { every: 2 } }] }
  again: { from: thinned }
  ring: ${sample('ring_of_gaussians')}
  wide: ${sample('{ gaussian: { dim: 3 } }')}
  line: ${sample('{ double_well: { dim: 1 } }')}
  samples: { sample: { model: m, sampler: annealed_langevin, chains: 10 } }
${training}`, MODEL)
  expect([...found.keys()].sort()).toEqual(['again', 'ring', 'thinned'])
})

test('outside of its support an energy is infinite, inside it is itself', async () => {
  const found = await landscapes(`  s: ${sample('{ gamma: { dim: 2, shape: 3, scale: 1 } }')}\n`)
  const grid = found.get('s')?.over([-2, 2], [-1, 3])
  if (grid === undefined) throw new Error('no landscape')
  const [x, y, energy] = grid.schema.names.map((name) => grid.getChild(name as string)?.toArray() as Float32Array) as [Float32Array, Float32Array, Float32Array]
  let inside = 0
  for (let i = 0; i < energy.length; i++) {
    const [a, b] = [x[i] as number, y[i] as number]
    if (a < 0 || b < 0) expect(energy[i]).toBe(Infinity)
    if (a <= 0.05 || b <= 0.05) continue
    inside++
    const exact = a + b - 2 * Math.log(a * b) // up to the constant log Γ(3)
    expect(Math.abs((energy[i] as number) - exact - ((energy.at(-1) as number) - (5 - 2 * Math.log(6))))).toBeLessThan(1e-3)
  }
  expect(inside).toBeGreaterThan(4000)
})
