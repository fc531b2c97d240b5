/** Models with classes in the language: what lint says of them, and a run from rows to rows. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { lint } from '../../src/pipelines/lint.ts'
import { attempt } from './faults/world.ts'

interface Options {
  readonly net?: string
  readonly classes?: string
  readonly query?: string
  readonly sample?: string
  readonly entry?: string
}

/** Species by their size, in two columns. */
const pipeline = ({ net = 'mlp: { width: 8, layers: 1 }', classes = 'classes: { column: species }', query = 'SELECT * FROM species.csv', sample = 'classes: [adelie, gentoo]', entry = 'perturb: { model: m }' }: Options = {}): string => `
name: species
models:
  m: { net: { ${net} }, encoding: { table: { columns: [size] } }, noise: { geometric: { largest: 2, smallest: 0.1, levels: 4 } }, ${classes} }
streams:
  training:
    source: { sql: { query: "${query.replace('species.csv', '\'species.csv\'')}" } }
    through:
      - ${entry}
      - loss: { model: m, denoising_score_matching: {} }
      - optimize: { model: m, adam: {} }
  samples:
    sample: { model: m, sampler: { ddim: { steps: 4 } }, chains: 5, ${sample} }
outputs:
  - { from: samples, arrow_file: { path: samples.arrows } }
  - { model: m, safetensors: { path: m.safetensors } }
`

const files = { 'species.csv': `size,species\n${Array.from({ length: 64 }, (_, i) => `${i / 8},${i % 2 === 0 ? 'adelie' : 'gentoo'}`).join('\n')}\n` }

describe('lint', () => {
  const issues = async (options: Options): Promise<string[]> => (await lint(pipeline(options))).issues.map(({ code, line, message }) => `${line} ${code}: ${message}`)

  it.each<Options & { readonly what: string; readonly found: readonly string[] }>([
    { what: 'classes as they are meant', found: [] },
    { what: 'guidance', sample: 'classes: all, guidance: 2', found: [] },
    { what: 'steps that the sampler has of its own', sample: 'steps: 4', found: ['13 pipeline_value: ddim has a number of steps of its own: those of its levels'] },
    { what: 'classes of a model without', classes: 'output: score', found: ['13 model_classes: model m has no classes'] },
    { what: 'guidance towards nothing', sample: 'guidance: 2', found: ['13 model_classes: guidance is towards classes, and none are drawn'] },
    { what: 'a column that is missing', classes: 'classes: { dropout: 0.5 }', found: ['4 pipeline_missing: column is missing'] },
    { what: 'a net that heeds none', net: 'layers_model: { path: a.json }', found: ['4 model_classes: net layers_model heeds no classes'] },
  ])('of $what', async ({ found, ...options }) => {
    expect(await issues(options)).toEqual(found)
  })
})

describe('a run', () => {
  it('writes the class of each row that it drew, and keeps the classes with the model', async () => {
    const { error, out } = await attempt({ yaml: pipeline(), files })
    expect(error).toBeUndefined()
    const drawn = tableFromIPC(readFileSync(path.join(out, 'samples.arrows')))
    expect([...drawn.getChild('species') as Iterable<string>].slice(-5)).toEqual(['adelie', 'gentoo', 'adelie', 'gentoo', 'adelie'])
    const again = `name: again\nmodels: { m: { file: m.safetensors } }\nstreams: { samples: { sample: { model: m, classes: [gentoo], guidance: 1.5, sampler: { ddim: { steps: 4 } }, chains: 2 } } }\noutputs: [{ from: samples, arrow_file: { path: samples.arrows } }]\n`
    const second = await attempt({ yaml: again, files: { 'm.safetensors': readFileSync(path.join(out, 'm.safetensors')) } })
    expect(second.error).toBeUndefined()
    expect(new Set(tableFromIPC(readFileSync(path.join(second.out, 'samples.arrows'))).getChild('species'))).toEqual(new Set(['gentoo']))
  })

  it.each<Options & { readonly what: string; readonly code: string; readonly message: RegExp }>([
    { what: 'a class that was never seen', sample: 'classes: [chinstrap]', code: 'class_unknown', message: /model m tells no class chinstrap apart; it knows adelie, gentoo/ },
    { what: 'a column of classes that is not there', classes: 'classes: { column: genus }', code: 'class_column', message: /column genus is not there.*: model m cannot take its classes from it in stream training/ },
    { what: 'a class that is a coordinate too', classes: 'classes: { column: size }', query: 'SELECT size::INT AS size FROM species.csv', code: 'config_invalid', message: /column size is a coordinate as well/ },
  ])('ends with $what', async ({ code, message, ...options }) => {
    const { error, exit } = await attempt({ yaml: pipeline(options), files })
    expect([error?.code, exit]).toEqual([code, 78])
    expect(error?.message).toMatch(message)
  })
})
