/** Faulty declarations: what lint says of each, and where. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { isMap, isPair, isScalar, LineCounter, parseDocument, visit, type Node } from 'yaml'
import { describe, expect, test } from 'vitest'
import { mala } from '../../../src/models/samplers/mala.ts'
import { builtin } from '../../../src/pipelines/catalogue.ts'
import { formatIssue } from '../../../src/pipelines/issues.ts'
import { lint, type LintOptions } from '../../../src/pipelines/lint.ts'
import { folderWith } from '../../interfaces/cli/command.ts'
import { points, POINTS, wells, WELLS } from './good.ts'

const issuesOf = async (text: string, options: LintOptions = {}) => (await lint(text, { env: {}, ...options })).issues

/** All issues that a text has: `line:column code`, then a part of what is said. Warnings have a ~ before their code. */
type Row = readonly [what: string, yaml: string, issues: readonly (readonly [place: string, says: string])[], options?: LintOptions]

const set = (...assignments: readonly string[]): LintOptions => ({ set: assignments })

const WORDS: readonly Row[] = [
  ['an energy that there is not', wells(['double_well', 'doubel_well']), [['6:17 pipeline_unknown_component', 'did you mean double_well?']]],
  ['a component given by its name alone', wells(['{ double_well: { dim: 2 } }', 'double_wel']), [['6:15 pipeline_unknown_component', 'did you mean double_well?']]],
  ['a name of an object\'s own', wells(['double_well', 'toString']), [['6:17 pipeline_unknown_component', 'choose from']]],
  ['a sampler that is not among ours', wells(['{ langevin: { step_size: 0.01 } }', 'hamiltonian']), [['7:16 pipeline_unknown_component', 'choose from']]],
  ['a net', points(['mlp', 'mpl']), [['4:12 pipeline_unknown_component', 'did you mean mlp?']]],
  ['an operator', points(['- rebatch', '- rebach']), [['12:9 pipeline_unknown_component', 'did you mean rebatch?']]],
  ['a sink, which stands without a field', wells(['arrow_file', 'arow_file']), [['11:24 pipeline_unknown_component', 'did you mean arrow_file?']]],
  ['a sink unlike any', wells(['arrow_file', 'csv']), [['11:24 pipeline_unknown_component', 'choose from']]],
  ['a loss', points(['denoising_score_matching', 'anything']), [['14:32 pipeline_unknown_component', 'choose from conditional_noise_contrastive_estimation, denoising_score_matching']]],
  ['an optimizer', points(['adam', 'adma']), [['15:36 pipeline_unknown_component', 'did you mean adam?']]],
  ['a stream', wells(['from: particles', 'from: particels']), [['11:13 pipeline_unknown_stream', 'did you mean particles?']]],
  ['a stream that another reads', wells(['outputs', '  health: { from: particels }\noutputs']), [['10:19 pipeline_unknown_stream', 'did you mean particles?']]],
  ['a stream to compare with', wells(['outputs', '    through: [{ compare: { to: partcles } }]\noutputs']), [['10:32 pipeline_unknown_stream', 'did you mean particles?']]],
  ['a model that is trained', points(['perturb: { model: points', 'perturb: { model: point']), [['13:27 pipeline_unknown_model', 'did you mean points?']]],
  ['a model that is sampled', points(['sample: { model: points', 'sample: { model: pints']), [['17:22 pipeline_unknown_model', 'did you mean points?']]],
  ['a model that is written', points(['{ model: points, safe', '{ model: poins, safe']), [['19:14 pipeline_unknown_model', 'did you mean points?']]],
  ['a name with spaces', wells(['name: wells', 'name: Two Wells']), [['1:7 pipeline_name', 'Two Wells is not a name']]],
  ['a stream of a bad name', wells(['  particles:', '  Particles!:'], ['from: particles', 'from: Particles!']), [['4:3 pipeline_name', 'Particles! is not a name']]],
  ['a prototype for a name', wells(['  particles:', '  __proto__:'], ['from: particles', 'from: __proto__']), [['4:3 pipeline_name', '__proto__ is not a name']]],
]

const TYPES: readonly Row[] = [
  ['nothing at all', '', [['1:1 pipeline_type', 'a pipeline is a mapping, not nothing']]],
  ['a list', '- a\n', [['1:1 pipeline_type', 'a pipeline is a mapping, not a list']]],
  ['words for a number', wells(['steps: 20', 'steps: many']), [['9:14 pipeline_value', 'expected number']]],
  ['half a step', wells(['steps: 20', 'steps: 1.5']), [['9:14 pipeline_value', 'expected int']]],
  ['no chains', wells(['chains: 100', 'chains: 0']), [['8:15 pipeline_value', '>0']]],
  ['more chains than have numbers', wells(['chains: 100', 'chains: 4294967296']), [['8:15 pipeline_value', '<=4294967295']]],
  ['a step size below zero', wells(['0.01', '-0.01']), [['7:41 pipeline_value', '>0']]],
  ['a step size that is no number', wells(['0.01', '.nan']), [['7:41 pipeline_value', 'NaN']]],
  ['a seed below zero', wells(['seed: 1', 'seed: -1']), [['2:7 pipeline_value', 'seed is a whole number']]],
  ['a mapping for a list', wells(['outputs', '    through: { thin: { every: 2 } }\noutputs']), [['10:14 pipeline_type', 'through is a list, not a mapping']]],
  ['a stream of nothing', 'name: a\nstreams:\n  p:\n', [['3:5 pipeline_type', 'p is a mapping, not nothing']]],
  ['a text for imports', `import: ./a.ts\n${WELLS}`, [['1:9 pipeline_type', 'import is a list']]],
  ['a number for an import', `import: [3]\n${WELLS}`, [['1:10 pipeline_type', 'the path of a file']]],
  ['a number for a model file', points(['    net: { mlp: { width: 8, layers: 1 } }\n    noise: { geometric: { largest: 4, smallest: 0.1, levels: 4 } }\n    precondition: edm', '    file: 3']), [['4:11 pipeline_type', 'file names a file or a run']]],
  ['two operators in one item', points(['- rebatch', '  rebatch']), [['11:9 pipeline_type', 'not repeat and rebatch']]],
  ['two sinks of one output', wells(['particles.arrows }', 'particles.arrows }, console: {}']), [['11:64 pipeline_type', 'there is a sink already, arrow_file']]],
  ['means of two lengths in a mixture', wells(['double_well: { dim: 2 }', 'gaussian_mixture: { components: [{ mean: [1, 2] }, { mean: [1] }] }']), [['6:35 pipeline_value', 'the same number of coordinates']]],
  ['a mean of another length', wells(['double_well: { dim: 2 }', 'gaussian: { dim: 3, mean: [1, 2] }']), [['6:27 pipeline_value', 'one number for each of dim coordinates']]],
  ['scales of another length', wells(['double_well: { dim: 2 }', 'gaussian: { dim: 3, scale: [1, 2] }']), [['6:27 pipeline_value', 'one number for each of dim coordinates']]],
  ['a feature twice, and one of the intercept\'s name', wells(['double_well: { dim: 2 }', 'logistic_regression: { data: particles, label: y, features: [a, b, a, intercept] }']), [['6:84 pipeline_value', 'a is among them already'], ['6:87 pipeline_value', 'intercept is the name']]],
  ['a scale below zero', wells(['double_well: { dim: 2 }', 'gaussian: { dim: 2, scale: [1, -2] }']), [['6:48 pipeline_value', '>0']]],
  ['noise that grows', points(['largest: 4, smallest: 0.1', 'largest: 0.1, smallest: 4']), [['5:25 pipeline_value', 'smallest lies below largest']]],
]

const PARTS: readonly Row[] = [
  ['no name', wells(['name: wells\n', '']), [['1:1 pipeline_missing', 'no name']]],
  ['no streams', 'name: a\n', [['1:1 pipeline_missing', 'no streams']]],
  ['no sampler', wells(['      sampler: { langevin: { step_size: 0.01 } }\n', '']), [['5:5 pipeline_missing', 'sample needs sampler']]],
  ['no step size', wells(['step_size: 0.01', '']), [['7:18 pipeline_missing', 'step_size is missing']]],
  ['no steps, for a sampler without a number of its own', wells(['      steps: 20\n', '']), [['5:5 pipeline_missing', 'langevin has no number of steps of its own']]],
  ['steps, for a sampler that has one', points(['chains: 10', 'chains: 10, steps: 5']), [['17:98 pipeline_value', 'annealed_langevin has a number of steps of its own']]],
  ['a burn-in, for a sampler that has steps of its own', points(['chains: 10', 'chains: 10, burn_in: 5']), [['17:98 pipeline_value', 'annealed_langevin has a number of steps of its own, and none before them']]],
  ['neither energy nor model', wells(['      energy: { double_well: { dim: 2 } }\n', '']), [['5:5 pipeline_missing', 'either an energy or a model']]],
  ['both energy and model', points(['sample: { model: points', 'sample: { model: points, energy: { double_well: {} }']), [['17:5 pipeline_missing', 'either an energy or a model']]],
  ['no net', points(['    net: { mlp: { width: 8, layers: 1 } }\n', '']), [['3:3 pipeline_missing', 'model needs net']]],
  ['a file and a net', points(['    net', '    file: a.safetensors\n    net']), [['5:5 pipeline_unknown_word', 'choose from file'], ['6:5 pipeline_unknown_word', ''], ['7:5 pipeline_unknown_word', '']]],
  ['no head', points(['    source: { two_moons: { rows: 256 } }\n', '']), [['9:5 pipeline_stream_head', 'no source, sample or from']]],
  ['two heads', points(['    source', '    from: samples\n    source']), [['9:5 pipeline_stream_head', 'source and from']]],
  ['an output of nothing', wells(['{ from: particles, ', '{ ']), [['11:5 pipeline_missing', 'either from, naming a stream, or model']]],
  ['an output of a stream and a model', points(['{ model: points, safe', '{ from: samples, model: points, safe']), [['19:5 pipeline_missing', 'either from, naming a stream, or model']]],
  ['an output without a sink', wells([', arrow_file: { path: particles.arrows }', '']), [['11:5 pipeline_missing', 'output needs a sink; choose from']]],
]

/** A gamma distribution, outside of which is rejected. */
const walled = (sampler: string): string => wells(['double_well: { dim: 2 }', 'gamma: {}'], ['langevin: { step_size: 0.01 }', sampler], ['steps: 20', 'support: reject\n      steps: 20'])

const WHOLE: readonly Row[] = [
  ['two streams in a circle', 'name: c\nstreams:\n  a: { from: b }\n  b: { from: a }\noutputs: [{ from: a, console: {} }]\n', [['3:3 pipeline_cycle', 'a → b → a']]],
  ['a stream of itself', 'name: c\nstreams:\n  a: { from: a }\noutputs: [{ from: a, console: {} }]\n', [['3:3 pipeline_cycle', 'a → a']]],
  ['a circle by a comparison', wells(['outputs', '    through: [{ compare: { to: health } }]\n  health: { from: particles }\noutputs']), [['4:3 pipeline_cycle', 'particles → health → particles']]],
  ['a sink of streams for a model', points(['safetensors: {', 'parquet: {']), [['19:22 pipeline_output', 'parquet takes a stream, not a model']]],
  ['a sink of models for a stream', wells(['arrow_file: {', 'safetensors: {']), [['11:24 pipeline_output', 'safetensors takes a model, not a stream']]],
  ['two outputs of one path', wells(['outputs:', 'outputs:\n  - { from: particles, parquet: { path: ./particles.arrows } }']), [['12:44 pipeline_output', 'particles.arrows is written by outputs.0']]],
  ['an output within the folder of another', wells(['outputs:', 'outputs:\n  - { from: particles, parquet: { path: a/b } }\n  - { from: particles, parquet: { path: a } }']), [['12:41 pipeline_output', 'a is written by outputs.0']]],
  ['an output in the way of the frames of another', points(['outputs:', 'outputs:\n  - { from: samples, image_grid: { path: a.png, every: 2 } }\n  - { from: samples, parquet: { path: a-frames } }']), [['20:39 pipeline_output', 'a-frames is written by outputs.0']]],
  ['an output outside the run folder', wells(['path: particles', 'path: ../particles']), [['11:44 sink_path', 'it does not lie in the run folder']]],
  ['an output of an absolute path', wells(['path: particles', 'path: /tmp/particles']), [['11:44 sink_path', 'it does not lie in the run folder']]],
  ['an output for the manifest', wells(['path: particles.arrows', 'path: manifest.json, overwrite: true']), [['11:44 sink_path', 'manifest.json is written by the run itself']]],
  ['an output among checkpoints', wells(['path: particles.arrows', 'path: checkpoints/000001/a']), [['11:44 sink_path', 'checkpoints is written by the run itself']]],
  ['a stream that nobody reads', wells(['outputs', '  health: { from: particles }\noutputs']), [['10:3 ~pipeline_idle', 'health has no output and trains nothing']]],
  ['a model that nobody uses', wells(['streams:', 'models: { m: { net: mlp, noise: { geometric: { largest: 4, smallest: 1, levels: 2 } } } }\nstreams:']), [['3:11 ~pipeline_idle', 'model m is not used']]],
  ['loss before perturb', points(['      - perturb: { model: points }\n', '']), [['13:9 pipeline_order', 'loss has no perturb, contrast or encode before it']]],
  ['optimize before loss', points(['      - loss: { model: points, denoising_score_matching: {} }\n', '']), [['14:9 pipeline_order', 'optimize has no loss before it']]],
  ['something between loss and optimize', points(['      - optimize', '      - shuffle: { buffer_rows: 3 }\n      - optimize']), [['15:9 pipeline_order', 'shuffle stands between loss and optimize']]],
  ['two models in one training', points(['streams:', '  other: { net: mlp, noise: { geometric: { largest: 4, smallest: 1, levels: 2 } } }\nstreams:'], ['perturb: { model: points', 'perturb: { model: other']), [['15:24 pipeline_order', 'loss is of model points, the perturb before it of other']]],
  ['two trainers of one model', points(['adam: { learning_rate: 0.01 } }\n', 'adam: {} }\n      - optimize: { model: points, adam: {} }\n']), [['16:28 model_taken', 'points has another optimize']]],
  ['a repeat of a stream that passes once', wells(['outputs:', '  again: { from: particles, through: [{ repeat: { epochs: 3 } }] }\noutputs:\n  - { from: again, console: {} }']), [['10:41 pipeline_order', 'again reads the stream particles, which passes once']]],
  ['a training stream that a later phase would read again', points(['outputs:', '  judged: { from: training, through: [{ compare: { to: samples } }] }\noutputs:\n  - { from: judged, console: {} }']), [['18:3 pipeline_order', 'judged reads training in a later phase']]],
  ['a model that is sampled and not trained', points(['      - optimize: { model: points, adam: { learning_rate: 0.01 } }\n', '']), [['16:22 pipeline_untrained', 'points is never trained'], ['18:14 pipeline_untrained', 'there is nothing to write']]],
  ['a model that is written and not trained', wells(['streams:', 'models: { m: { net: mlp, noise: { geometric: { largest: 4, smallest: 1, levels: 2 } } } }\nstreams:'], ['outputs:', 'outputs:\n  - { model: m, safetensors: { path: m } }']), [['12:14 pipeline_untrained', 'there is nothing to write']]],
  ['a start for particles that draw their own', wells(['langevin: { step_size: 0.01 }', 'smc: { levels: 5, sampler: random_walk }'], ['steps: 20', 'start: { gaussian: {} }']), [['9:7 sampler_start', 'smc draws its own start']]],
  ['moves that change the law of particles', wells(['langevin: { step_size: 0.01 }', 'smc: { levels: adaptive, sampler: { langevin: { step_size: 0.1 } } }']), [['7:18 config_invalid', 'sampler: langevin does not leave each temperature as it is']]],
  ['annealing of an energy', wells(['langevin: { step_size: 0.01 }', 'annealed_langevin: {}'], ['      steps: 20\n', '']), [['7:18 sampler_needs', 'annealed_langevin needs a model over noise levels']]],
  ['one coordinate, of which no direction can turn', wells(['double_well: { dim: 2 }', 'double_well: { dim: 1 }'], ['langevin: { step_size: 0.01 }', 'microcanonical: { step_size: 0.1 }']), [['7:18 sampler_needs', 'microcanonical needs 2 coordinates at least']]],
  ['rejections by a sampler without a test', walled('langevin: { step_size: 0.01 }'), [['7:18 sampler_needs', 'langevin needs coordinates on the whole line (support: transform), as it has no Metropolis test, which gamma does not offer']]],
  ['rejections by one with a test', walled('mala: { step_size: 0.01 }'), []],
  ['rejections by the test of moves', walled('parallel_tempering: { sampler: random_walk }'), []],
  ['nothing to reject', wells(['steps: 20', 'support: reject\n      steps: 20']), []],
  ['a start at draws that are not to be had', wells(['double_well: { dim: 2 }', 'gamma: {}'], ['steps: 20', 'steps: 20\n      start: exact']), [['10:7 start_unknown', 'gamma has no independent draws at temperature 1 to start from']]],
  ['a way back from such draws', wells(['langevin: { step_size: 0.01 }', 'annealed_importance_sampling: { direction: reverse, sampler: random_walk }'], ['      steps: 20\n', '']), [['5:5 start_unknown', 'double_well has no independent draws at temperature 1 to start from']]],
  ['a way back from rows', wells(['langevin: { step_size: 0.01 }', 'annealed_importance_sampling: { direction: reverse, sampler: random_walk }'], ['steps: 20', 'start: { stream: { from: rows } }'], ['outputs:', '  rows: { source: two_moons }\noutputs:']), []],
  ['a start at states of what has none', wells(['steps: 20', 'steps: 20\n      start: states']), [['10:7 sampler_needs', 'the start states needs discrete coordinates, which double_well does not offer']]],
  ['a start at states of what has some', wells(['double_well: { dim: 2 }', 'ising: { sites: [3] }'], ['langevin: { step_size: 0.01 }', 'gibbs: {}'], ['steps: 20', 'steps: 20\n      start: states']), []],
  ['chains that agree, of one', wells(['chains: 100', 'chains: 1'], ['steps: 20', 'until: { r_hat: 1.01, ess_bulk: 100 }\n      steps: 20']), [['9:16 pipeline_value', 'r_hat compares chains, and there is one']]],
  ['every hundredth of twenty steps', wells(['steps: 20', 'steps: 20\n      every: 100']), [['10:7 pipeline_value', 'of 20 steps, one in 100 is none: nothing would be emitted']]],
  ['every twentieth of them', wells(['steps: 20', 'steps: 20\n      every: 20']), []],
  ['every tenth level of five', wells(['langevin: { step_size: 0.01 }', 'smc: { levels: 5, sampler: random_walk }'], ['steps: 20', 'every: 10']), [['9:7 pipeline_value', 'of 5 steps, one in 10 is none']]],
  ['every tenth step of eight, two at each level of a model', points(['chains: 10', 'chains: 10, every: 10']), [['17:98 pipeline_value', 'of 9 steps, one in 10 is none']]],
  ['an adaptation by what the sampler does not tell', wells(['langevin: { step_size: 0.01 }', 'microcanonical: { step_size: 0.1 }'], ['steps: 20', 'burn_in: 20\n      adapt: { dual_averaging: {} }\n      steps: 20']), [['7:18 sampler_needs', 'dual_averaging needs the acceptance rate to tune by, which microcanonical does not offer']]],
  ['a Metropolis test without an energy', points(['annealed_langevin: { steps_per_level: 2 }', 'mala: { step_size: 0.1 }'], ['chains: 10', 'chains: 10, steps: 5']), [['17:41 sampler_needs', 'mala needs an energy']], { catalogue: builtin.with([mala as never]) }],
  ['a reversal of the noising at another temperature', points(['annealed_langevin: { steps_per_level: 2 }', 'reverse_sde: {}'], ['chains: 10', 'chains: 10, temperature: 2']), [['17:41 sampler_needs', 'reverse_sde needs temperature 1, which points at temperature 2 does not offer']]],
  ['the same of a model from a file', points(['    net: { mlp: { width: 8, layers: 1 } }\n    noise: { geometric: { largest: 4, smallest: 0.1, levels: 4 } }\n    precondition: edm', '    file: points.safetensors'], ['annealed_langevin: { steps_per_level: 2 }', 'ddim: {}'], ['chains: 10', 'chains: 10, temperature: 2']), [['15:41 sampler_needs', 'ddim needs temperature 1']]],
  ['imports without trust', `import: [./a.ts]\n${WELLS}`, [['1:9 ~pipeline_untrusted', '--trust']]],
]

const ALIASES = 'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n'

const YAML: readonly Row[] = [
  ['a key twice', wells(['seed: 1', 'seed: 1\nseed: 2']), [['3:1 pipeline_syntax', 'keys must be unique']]],
  ['a key twice, further in', wells(['chains: 100', 'chains: 100\n      chains: 101']), [['9:7 pipeline_syntax', 'keys must be unique']]],
  ['a brace that is not closed', wells(['{ dim: 2 } }', '{ dim: 2 }']), [['7:7 pipeline_syntax', 'end with a }']]],
  ['a tab', wells(['  particles:', '\tparticles:']), [['4:1 pipeline_syntax', 'Tabs']]],
  ['two documents', `${WELLS}---\n${WELLS}`, [['12:1 pipeline_syntax', 'more than one document']]],
  ['a tag that nobody knows', wells(['seed: 1', 'seed: !secret 1']), [['2:7 ~pipeline_syntax', '!secret'], ['2:15 pipeline_value', 'seed']]],
  ['an alias of nothing', wells(['seed: 1', 'seed: *a']), [['2:7 pipeline_syntax', 'alias *a has no anchor before it']]],
  ['an alias within what it stands for', 'name: a\nstreams: &a\n  p: *a\n', [['3:6 pipeline_syntax', 'alias *a is a part of what it stands for']]],
  ['aliases of aliases of aliases', ALIASES, [['1:1 pipeline_syntax', '100 are allowed']]],
  ['a variable that is not set', wells(['seed: 1', 'seed: ${HB_NOWHERE}']), [['2:7 pipeline_variable', 'HB_NOWHERE is not set']]],
  ['two of them in one text', wells(['path: particles.arrows', 'path: "${HB_ONE}/${HB_TWO}"']), [['11:44 pipeline_variable', 'HB_ONE'], ['11:44 pipeline_variable', 'HB_TWO']]],
  ['a default of the wrong type', wells(['seed: 1', 'seed: ${HB_NOWHERE:none}']), [['2:7 pipeline_value', 'seed']]],
]

const SET: readonly Row[] = [
  ...['nonsense', '=1', 'a.=1', 'streams..x=1', 'streams.__proto__.x=1', 'constructor.prototype.x=1', 'streams.particles.sample.prototype=1', 'outputs.x=1', 'seed.x=1', 'seed=[1', 'seed=*a', 'a=&x [*x]', 'seed={a: 1, a: 2}']
    .map((assignment): Row => [`--set ${assignment}`, WELLS, [['1:1 pipeline_set', `--set ${assignment}: `]], set(assignment)]),
  ['--set of a word that there is not', WELLS, [['6:7 pipeline_unknown_word', 'did you mean steps?']], set('streams.particles.sample.stepps=3')],
  ['--set of a list beyond its end', WELLS, [['11:3 pipeline_type', ''], ['11:3 pipeline_type', ''], ['11:3 pipeline_missing', 'needs a sink']], set('outputs.3.from=particles')],
]

describe.each([['words', WORDS], ['types and values', TYPES], ['parts', PARTS], ['the whole', WHOLE], ['YAML', YAML], ['--set', SET]])('%s:', (_, rows) => {
  test.each(rows.map((row) => [row[0], row] as const))('%s', async (__, [, text, expected, options]) => {
    const found = await issuesOf(text, options)
    expect(found.map(({ line, column, severity, code }) => `${line}:${column} ${severity === 'warning' ? '~' : ''}${code}`)).toEqual(expected.map(([place]) => place))
    found.forEach((one, i) => expect(formatIssue('a.yaml', one)).toContain(expected[i]?.[1]))
  })
})

test('all faults of a pipeline come at once, those of its parts with those of the whole', async () => {
  const text = wells(['seed: 1', 'seed: one'], ['double_well', 'doubel_well'], ['step_size', 'stepsize'], ['outputs', '  health: { from: particels }\noutputs'], ['from: particles, arrow_file: { path: ', 'from: helth, arrow_file: { path: ../'])
  expect((await issuesOf(text)).map(({ line, code }) => `${line} ${code}`)).toEqual([
    '2 pipeline_value', '6 pipeline_unknown_component', '7 pipeline_missing', '7 pipeline_unknown_word', '10 pipeline_unknown_stream', '12 pipeline_unknown_stream', '12 sink_path',
  ])
})

test('ten thousand brackets are one fault', async () => {
  expect(await issuesOf(`name: ${'['.repeat(10_000)}`)).toEqual([expect.objectContaining({ line: 1, code: 'pipeline_syntax', message: 'it is nested too deeply' })])
})

describe('imports:', () => {
  test.each([
    ['of a file that is not there', {}, /^\.\/own\.ts does not load: Could not resolve/],
    ['that throw', { 'own.ts': 'throw new Error(\'it broke\')' }, /^\.\/own\.ts does not load: it broke$/],
    ['that throw nothing', { 'own.ts': 'throw null' }, /^\.\/own\.ts does not load: null$/],
    ['that are no TypeScript', { 'own.ts': 'export const a = ;' }, /^\.\/own\.ts does not load: line 1, column 18: /],
    ['of other files that are not there', { 'own.ts': 'import \'./none.ts\'' }, /line 1, column 8: Could not resolve/],
    ['that bring nothing', { 'own.ts': 'export const a = 1' }, /^\.\/own\.ts exports no component$/],
  ])('%s', async (_, files, message) => {
    const folder = folderWith(files as Record<string, string>)
    const found = await issuesOf(`import: [./own.ts]\n${WELLS}`, { trust: true, folder })
    expect(found).toEqual([expect.objectContaining({ line: 1, column: 10, code: 'pipeline_import', severity: 'error', message: expect.stringMatching(message) as string })])
    expect(readdirSync(folder)).toEqual(Object.keys(files))
  })
})

/** Every key of a text that is a word of the language, not a name: where it stands. */
function wordsOf(text: string): { readonly word: string; readonly offset: number; readonly line: number; readonly column: number }[] {
  const lines = new LineCounter()
  const words: ReturnType<typeof wordsOf> = []
  visit(parseDocument(text, { lineCounter: lines }), {
    Pair(_, { key }, holders) {
      const holder = holders.filter((node) => isPair(node)).at(-1)
      const isName = holders.filter(isMap).length === 2 && isPair(holder) && isScalar(holder.key) && ['streams', 'models'].includes(holder.key.value as string)
      const [offset] = (key as Node).range as [number, number, number]
      const { line, col } = lines.linePos(offset)
      if (!isName && isScalar(key)) words.push({ word: String(key.value), offset, line, column: col })
    },
  })
  return words
}

const OURS = readdirSync('pipelines').filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml')).map((name) => [name, readFileSync(path.join('pipelines', name), 'utf8')] as const)

test.each<readonly [name: string, text: string]>([['wells', WELLS], ['points', POINTS], ...OURS])('every word of %s, misspelt, is found where it stands, and known again', async (_, text) => {
  const words = wordsOf(text)
  expect(words.length).toBeGreaterThan(10)
  for (const { word, offset, line, column } of words) {
    const misspelt = `${text.slice(0, offset)}${word}${word.at(-1)}${text.slice(offset + word.length)}`
    const found = await issuesOf(misspelt, { folder: 'pipelines' })
    expect(found.filter((one) => one.line === line && one.column === column).map(({ hint }) => hint), `${word} at ${line}:${column}`).toContain(`did you mean ${word}?`)
  }
})
