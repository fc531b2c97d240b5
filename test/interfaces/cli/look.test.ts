/** Verbs that look at a pipeline before it runs: lint, graph, preview. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { folderWith, heatbath, wells } from './command.ts'

const FAULTY = `name: faulty
streams:
  particles:
    sample:
      energy: double_wel
      sampler: { langevin: { step_sise: 0.01 } }
      chains: none
      steps: 10
outputs:
  - { from: particels, arrow_file: { path: a.arrows } }
`

describe('lint', () => {
  test('no faults: nothing on stdout, 0', async () => {
    const cwd = folderWith({ 'a.yaml': wells() })
    expect(await heatbath(['lint', 'a.yaml'], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('the pipelines of this package have no faults', async () => {
    const files = readdirSync('pipelines').filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml')).map((name) => path.join('pipelines', name))
    expect(await heatbath(['lint', ...files])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('every fault, with its place, of every file', async () => {
    const cwd = folderWith({ 'a.yaml': wells(), 'b.yaml': FAULTY })
    const { code, stdout } = await heatbath(['lint', 'a.yaml', 'b.yaml', 'c.yaml'], { cwd })
    expect(code).toBe(78)
    expect(stdout.split('\n')).toEqual([
      'b.yaml:5:15: pipeline_unknown_component: there is no energy double_wel; did you mean double_well?',
      expect.stringMatching(/^b\.yaml:6:\d+: pipeline_missing: step_size is missing/),
      expect.stringMatching(/^b\.yaml:6:\d+: pipeline_unknown_word: unknown word step_sise; did you mean step_size\?/),
      expect.stringMatching(/^b\.yaml:7:15: pipeline_value: /),
      'b.yaml:10:13: pipeline_unknown_stream: there is no stream particels; did you mean particles?',
      expect.stringMatching(/^c\.yaml:1:1: pipeline_file: c\.yaml cannot be read: it is not there; /),
      '',
    ])
  })

  test('as JSON', async () => {
    const cwd = folderWith({ 'b.yaml': FAULTY })
    const { code, stdout } = await heatbath(['lint', 'b.yaml', '--format', 'json'], { cwd })
    expect(code).toBe(78)
    const [first] = JSON.parse(stdout) as unknown[]
    expect(first).toEqual({
      file: 'b.yaml', line: 5, column: 15, code: 'pipeline_unknown_component', severity: 'error', path: 'streams.particles.sample.energy',
      message: 'there is no energy double_wel', hint: 'did you mean double_well?',
    })
    const good = await heatbath(['lint', 'b.yaml', '--format', 'json'], { cwd: folderWith({ 'b.yaml': wells() }) })
    expect(good).toEqual({ code: 0, stdout: '[]\n', stderr: '' })
  })

  test('--set changes what is checked', async () => {
    const cwd = folderWith({ 'a.yaml': wells() })
    const { code, stdout } = await heatbath(['lint', 'a.yaml', '--set', 'streams.particles.sample.chains=0'], { cwd })
    expect({ code, stdout }).toEqual({ code: 78, stdout: expect.stringContaining('pipeline_value') })
  })

  test('imports are loaded on request alone', async () => {
    const cwd = folderWith({ 'a.yaml': `import: [./bad.ts]\n${wells()}`, 'bad.ts': 'throw new Error(\'loaded\')' })
    const untrusted = await heatbath(['lint', 'a.yaml'], { cwd })
    expect(untrusted).toEqual({ code: 0, stdout: expect.stringMatching(/^a\.yaml:1:\d+: warning: pipeline_untrusted/), stderr: '' })
    const trusted = await heatbath(['lint', 'a.yaml', '--trust'], { cwd })
    expect(trusted).toEqual({ code: 78, stdout: expect.stringMatching(/pipeline_import: .*loaded/), stderr: '' })
  })
})

const TRAINING = `name: both
models:
  points:
    net: { mlp: { width: 16, layers: 1 } }
    noise: { geometric: { largest: 4, smallest: 0.1, levels: 4 } }
streams:
  training:
    source: { two_moons: { rows: 256 } }
    through:
      - repeat: { epochs: 2 }
      - rebatch: { rows: 64 }
      - perturb: { model: points }
      - loss: { model: points, denoising_score_matching: {} }
      - optimize: { model: points, adam: {} }
  samples:
    sample: { model: points, sampler: { annealed_langevin: { steps_per_level: 2 } }, chains: 10 }
outputs:
  - { model: points, safetensors: { path: points.safetensors } }
  - { from: samples, arrow_file: { path: samples.arrows } }
`

describe('graph', () => {
  const graph = async (format: string): Promise<string> => {
    const { code, stdout, stderr } = await heatbath(['graph', 'both.yaml', '--format', format], { cwd: folderWith({ 'both.yaml': TRAINING }) })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
  }

  test('as text', async () => {
    expect(await graph('text')).toBe(`both, seed 0

models
  points  mlp + geometric + none + values, trained by training

phase 1 of 2, trains points
  training  two_moons → repeat → rebatch → [ perturb (points) → loss (denoising_score_matching, points) → optimize (adam, points) ]

phase 2 of 2
  samples  [ annealed_langevin on points, 10 chains ]

outputs
  points   → safetensors points.safetensors
  samples  → arrow_file samples.arrows

[ ] one compiled loop
`)
  })

  test('as JSON', async () => {
    expect(JSON.parse(await graph('json'))).toMatchObject({ name: 'both', phases: [{ streams: ['training'], trains: ['points'] }, { streams: ['samples'] }] })
  })

  test('for Mermaid', async () => {
    const drawn = await graph('mermaid')
    expect(drawn).toMatch(/^flowchart LR\n/)
    expect(drawn.match(/^ *subgraph /gm)).toHaveLength(drawn.match(/^ *end$/gm)?.length ?? -1)
  })

  test('for Graphviz, which reads it where it is installed', async (context) => {
    const drawn = await graph('dot')
    expect(drawn).toMatch(/^digraph "both" \{\n/)
    expect(drawn.match(/\{/g)).toHaveLength(drawn.match(/\}/g)?.length ?? -1)
    try {
      execFileSync('dot', ['-V'], { stdio: 'ignore' })
    } catch {
      return context.skip('Graphviz is not installed')
    }
    expect(execFileSync('dot', ['-Tsvg'], { input: drawn, encoding: 'utf8' })).toContain('<svg')
  })

  test('a faulty pipeline has none', async () => {
    const { code, stdout, stderr } = await heatbath(['graph', 'b.yaml'], { cwd: folderWith({ 'b.yaml': FAULTY }) })
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' })
    expect(stderr).toContain('heatbath: pipeline_invalid: b.yaml has 5 faults\n')
  })
})

describe('preview', () => {
  test('the first rows, and nothing written', async () => {
    const cwd = folderWith({ 'a.yaml': wells() })
    const { code, stdout, stderr } = await heatbath(['preview', 'a.yaml', 'particles', '--rows', '3'], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [, header, ...rows] = stdout.trimEnd().split('\n')
    expect(header).toMatch(/^step +chain +level +temperature +x0 +x1 +energy/)
    expect(rows).toHaveLength(3)
    expect(readdirSync(cwd)).toEqual(['a.yaml'])
  })

  test('rows of several batches', async () => {
    const { stdout } = await heatbath(['preview', 'a.yaml', 'particles', '--rows', '250'], { cwd: folderWith({ 'a.yaml': wells() }) })
    expect(stdout.trimEnd().split('\n')).toHaveLength(252)
  })

  test('a stream of training can be looked at, one of the trained model cannot', async () => {
    const cwd = folderWith({ 'both.yaml': TRAINING })
    const training = await heatbath(['preview', 'both.yaml', 'training', '--rows', '2'], { cwd })
    expect(training).toEqual({ code: 0, stdout: expect.stringMatching(/loss/), stderr: '' })
    expect(await heatbath(['preview', 'both.yaml', 'samples'], { cwd })).toEqual({
      code: 78, stdout: '',
      stderr: 'heatbath: preview_untrained: samples needs the model points, which is not trained yet\nhint: Run the pipeline, then preview one that loads the model: points: { file: ... }.\n',
    })
  })

  test('a stream that is not there', async () => {
    expect(await heatbath(['preview', 'a.yaml', 'partcles'], { cwd: folderWith({ 'a.yaml': wells() }) })).toEqual({
      code: 78, stdout: '', stderr: 'heatbath: component_unknown: there is no stream partcles\nhint: did you mean particles?\n',
    })
  })
})
