/** What lint says of operators that ask a model about rows. */
import { describe, expect, it } from 'vitest'
import { lint } from '../../src/pipelines/lint.ts'

const pipeline = (operator: string, noise = 'noise: { geometric: { largest: 2, smallest: 0.1, levels: 4 } }', entry = 'perturb: { model: m }'): string => `
name: rows
models:
  m: { output: energy, net: { mlp: { width: 8, layers: 1 } }${noise === '' ? '' : `, ${noise}`} }
streams:
  training:
    source: two_moons
    through:
      - ${entry}
      - loss: { model: m, ${noise === '' ? 'exact_score_matching: {}' : 'denoising_score_matching: {}'} }
      - optimize: { model: m, adam: {} }
  rows:
    source: two_moons
    through:
      - ${operator}
outputs:
  - { from: rows, console: {} }
`

const issues = async (...args: Parameters<typeof pipeline>): Promise<string[]> => (await lint(pipeline(...args))).issues.map(({ code, line, message }) => `${line} ${code}: ${message}`)
const plain = (operator: string): Promise<string[]> => issues(operator, '', 'encode: { model: m }')

describe('operators on rows', () => {
  it('take models of noised data as they are', async () => {
    expect(await issues('evaluate: { model: m, log_density: {} }')).toEqual([])
    expect(await issues('impute: { model: m, sampler: { ddim: { steps: 4 } } }')).toEqual([])
  })

  it('of a model without noise levels, only what needs none', async () => {
    expect(await plain('evaluate: { model: m }')).toEqual([])
    expect(await plain('evaluate: { model: m, log_density: {} }')).toEqual(['15 model_noise: evaluate with log_density goes over noise levels, and model m has none'])
    expect(await plain('impute: { model: m, sampler: { ddim: { steps: 4 } } }')).toEqual(['15 model_noise: impute goes over noise levels, and model m has none'])
  })

  it('evaluate asks an energy or a model, not both, and an energy for no density over levels', async () => {
    expect(await issues('evaluate: { energy: { double_well: { dim: 2 } }, score: true }')).toEqual([])
    expect(await issues('evaluate: { score: true }')).toEqual(['15 pipeline_missing: evaluate has either an energy or a model'])
    expect(await issues('evaluate: { model: m, energy: { double_well: { dim: 2 } } }')).toEqual(['15 pipeline_missing: evaluate has either an energy or a model'])
    expect(await issues('evaluate: { energy: { double_well: { dim: 2 } }, log_density: {} }')).toEqual(['15 model_noise: evaluate with log_density goes over noise levels, and an energy has none'])
  })

  it('evaluate takes its null with and without quotes', async () => {
    for (const word of ['null', '"null"', 'drop']) expect(await issues(`evaluate: { model: m, on_invalid: ${word} }`)).toEqual([])
    expect(await issues('evaluate: { model: m, on_invalid: none }')).toHaveLength(1)
  })

  it('impute takes a sampler over levels', async () => {
    expect(await issues('impute: { model: m, sampler: { langevin: { step_size: 0.1 } } }')).toEqual(['15 sampler_needs: impute needs a sampler over noise levels, which langevin is not'])
  })

  it('a model that only rows are asked of must be trained or loaded', async () => {
    const untrained = pipeline('evaluate: { model: n }').replace('models:\n', 'models:\n  n: { net: { mlp: { width: 8, layers: 1 } } }\n')
    expect((await lint(untrained)).issues.map(({ code }) => code)).toEqual(['pipeline_untrained'])
  })
})
