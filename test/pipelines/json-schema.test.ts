/** The JSON Schema of pipelines accepts what lint accepts, as far as words and types go. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { builtin } from '../../src/pipelines/catalogue.ts'
import { pipelineSchema } from '../../src/pipelines/json-schema.ts'
import { lint } from '../../src/pipelines/lint.ts'

const schema = pipelineSchema(builtin)
const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema)

const PIPELINES = readdirSync('pipelines').filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))

const wells = (sample: string, rest = ''): string => `name: wells
streams:
  particles: { sample: { ${sample} } }
outputs: [{ from: particles, arrow_file: { path: a.arrows } }]
${rest}`
const GOOD = 'energy: double_well, sampler: { langevin: { step_size: 0.1 } }, chains: 10, steps: 5'

describe('accepts', () => {
  test.each(PIPELINES)('%s', (name) => {
    validate(parse(readFileSync(path.join('pipelines', name), 'utf8')))
    expect(validate.errors).toBeNull()
  })

  test.each([
    ['a component by its name', wells(GOOD)],
    ['a component without fields', wells(GOOD.replace('double_well', '{ double_well: }'))],
    ['variables in place of numbers and choices', wells(GOOD.replace('0.1', '"${STEP}"').replace('10', '"${CHAINS:10}"'), 'seed: ${SEED:1}')],
    ['a model of a file', wells(GOOD, 'models: { m: { file: m.safetensors } }')],
  ])('%s', (_, text) => {
    validate(parse(text))
    expect(validate.errors).toBeNull()
  })
})

describe('refuses what lint refuses', () => {
  test.each([
    ['an unknown word', wells(GOOD, 'sed: 1')],
    ['an unknown field', wells(`${GOOD}, stepz: 1`)],
    ['an unknown component', wells(GOOD.replace('double_well', 'double_wel'))],
    ['an unknown component with fields', wells(GOOD.replace('double_well', '{ double_wel: {} }'))],
    ['two components where there is one', wells(GOOD.replace('double_well', '{ double_well: {}, gaussian: {} }'))],
    ['a component with fields that must be given, by its name', wells(GOOD.replace('{ langevin: { step_size: 0.1 } }', 'langevin'))],
    ['a number of the wrong sign', wells(GOOD.replace('0.1', '-0.1'))],
    ['a text for a number', wells(GOOD.replace('chains: 10', 'chains: many'))],
    ['a missing part', wells(GOOD.replace('sampler: { langevin: { step_size: 0.1 } }, ', ''))],
    ['a missing field', wells(GOOD.replace('chains: 10, ', ''))],
    ['a stream with two beginnings', wells(GOOD).replace('{ sample:', '{ from: particles, sample:')],
    ['an output without a sink', wells(GOOD).replace(', arrow_file: { path: a.arrows }', '')],
    ['an output with two sinks', wells(GOOD).replace('arrow_file', 'console: {}, arrow_file')],
    ['an output of nothing', wells(GOOD).replace('from: particles, ', '')],
    ['a name that is none', wells(GOOD).replace('name: wells', 'name: My Wells')],
    ['a model that is half made, half loaded', wells(GOOD, 'models: { m: { file: m.safetensors, net: mlp } }')],
    ['no streams', 'name: none'],
  ])('%s', async (_, text) => {
    expect(validate(parse(text))).toBe(false)
    expect((await lint(text)).issues.filter(({ severity }) => severity === 'error')).not.toEqual([])
  })
})

test('every unit has its place in it, with its summary for editors', () => {
  const defs = schema.$defs as Record<string, { description?: string }>
  for (const kind of builtin.kinds()) for (const { name, summary } of builtin.of(kind)) expect(defs[`${kind}.${name}`]?.description).toBe(summary)
})
