/** Pipelines of categories: learned by their likelihood, drawn in turn, in the table's own types; and what lint says of those that cannot be. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { builtin } from '../../src/pipelines/catalogue.ts'
import { lint } from '../../src/pipelines/lint.ts'
import { modelFromFile } from '../../src/pipelines/load-model.ts'
import { changed } from './faults/good.ts'
import { attempt, filesIn } from './faults/world.ts'

const DAYS = `name: days
models:
  days:
    output: energy
    encoding: categories
    net: { made: { width: 16, layers: 1 } }
streams:
  training:
    source: { sql: { query: "SELECT ['sun', 'rain', CASE WHEN i % 3 = 0 THEN 'sun' ELSE 'fog' END]::VARCHAR[3] AS days, (i % 3 = 0) AS is_dry FROM range(600) r(i)" } }
    through:
      - repeat: { epochs: 40 }
      - rebatch: { rows: 64 }
      - encode: { model: days }
      - loss: { model: days, negative_log_likelihood: {} }
      - optimize: { model: days, adam: { learning_rate: 0.02 } }
  drawn:
    sample: { model: days, sampler: ancestral, chains: 200, steps: 1 }
  again:
    sample: { model: days, sampler: gibbs, temperature: 2, chains: 20, steps: 3 }
outputs:
  - { model: days, safetensors: { path: days.safetensors } }
  - { from: drawn, parquet: { path: drawn.parquet } }
  - { from: again, parquet: { path: again.parquet } }
`

const rowsIn = (file: string): Promise<Record<string, unknown>[]> => {
  const bytes = readFileSync(file)
  return parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer })
}

const days = (...changes: readonly (readonly [from: string, to: string])[]): string => changed(DAYS, ...changes)

test('sequences and categories are learned, and drawn in the table\'s own types', async () => {
  const done = await attempt({ yaml: DAYS })
  expect([done.error, done.exit]).toEqual([undefined, 0])
  expect(filesIn(done.out)).toContain('again.parquet')
  const rows = await rowsIn(path.join(done.out, 'drawn.parquet'))
  expect(rows).toHaveLength(200)
  const kinds = rows.map((row) => JSON.stringify([row.days, row.is_dry]))
  const dry = kinds.filter((kind) => kind === '[["sun","rain","sun"],true]').length
  const wet = kinds.filter((kind) => kind === '[["sun","rain","fog"],false]').length
  expect(dry + wet).toBeGreaterThan(190) // nothing else is in the data
  expect(dry).toBeGreaterThan(20)
  expect(wet).toBeGreaterThan(dry)
  const model = await modelFromFile(path.join(done.out, 'days.safetensors'), builtin)
  expect([model.spec.net.states, model.data?.states]).toEqual([[3, 3, 3, 2], [3, 3, 3, 2]])
  expect(readFileSync(path.join(done.out, 'pipeline.yaml'), 'utf8')).toContain('made')
})

test.each<[what: string, yaml: string, code: string, says: string]>([
  ['a score', days(['    output: energy\n', '']), 'loss_needs', 'made makes an energy, and model days is a score'],
  ['noise', days(['    encoding: categories', '    noise: { geometric: { largest: 4, smallest: 0.1, levels: 4 } }\n    encoding: categories']), 'model_noise', 'categories, which have no noise'],
  ['preconditioning', days(['    encoding: categories', '    precondition: gaussian_tilt\n    encoding: categories']), 'model_noise', 'nothing to precondition'],
  ['real numbers', days(['encoding: categories', 'encoding: table']), 'pipeline_value', 'table makes numbers of columns'],
  ['a net of real numbers', days(['made: { width: 16, layers: 1 }', 'mlp: {}']), 'pipeline_value', 'mlp takes real numbers'],
  ['a loss that needs Z = 1', days(['made: { width: 16, layers: 1 }', 'mlp: {}']), 'loss_needs', 'negative_log_likelihood needs a model that is normalised'],
  ['a loss of scores', days(['negative_log_likelihood', 'exact_score_matching']), 'loss_needs', 'exact_score_matching is of real numbers'],
  ['a loss beside noise that is Gaussian', days(['negative_log_likelihood', 'noise_contrastive_estimation']), 'loss_needs', 'noise_contrastive_estimation is of real numbers'],
  ['negatives', days(['- encode: { model: days }', '- contrast: { model: days, sampler: gibbs, steps: 2 }']), 'pipeline_order', 'its likelihood is known without negatives'],
  ['a sampler of real numbers', days(['sampler: gibbs', 'sampler: { langevin: { step_size: 0.1 } }']), 'sampler_needs', 'coordinates that are real numbers'],
  ['draws in turn at another temperature', days(['sampler: gibbs', 'sampler: ancestral']), 'sampler_needs', 'an autoregressive model, at temperature 1'],
  ['draws in turn of a lattice', days(['sample: { model: days, sampler: ancestral', 'sample: { energy: { ising: { sites: [4] } }, sampler: ancestral']), 'sampler_needs', 'drawn in turn'],
  ['a start of draws in turn', days(['sampler: ancestral', 'sampler: ancestral, start: states']), 'sampler_start', 'draws its own start'],
])('lint refuses %s', async (_, yaml, code, says) => {
  const { issues } = await lint(yaml)
  expect(issues).toContainEqual(expect.objectContaining({ code, message: expect.stringContaining(says) as unknown }))
})

test('lint finds nothing wrong with it', async () => {
  expect((await lint(DAYS)).issues).toEqual([])
})
