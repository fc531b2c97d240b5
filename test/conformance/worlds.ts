/**
 * The least pipelines that an example may stand in: by the word that it begins with, and the models
 * and streams that it names.
 *
 * Some components fit only some others: a sampler of discrete coordinates only such an energy, a
 * loss only a model of its kind. So there are several pipelines, made of what the catalogue has; the
 * first that lints is the one.
 */
import { parse } from 'yaml'
import { builtin } from '../../src/pipelines/catalogue.ts'
import { fieldsNaming, type Kind } from '../../src/unit.ts'

export type Mapping = Readonly<Record<string, unknown>>

/** A kind of model, and how it is trained: operators by name, without the model's own. */
interface World {
  readonly model: Mapping
  readonly training: Readonly<Record<string, Mapping>>
}

const NET = { mlp: { width: 8, layers: 1 } }
const NOISE = { geometric: { largest: 2, smallest: 0.1, levels: 4 } }
const LANGEVIN = { langevin: { step_size: 0.01 } }
const OPTIMIZE = { adam: {} }

const WORLDS: readonly World[] = [
  { model: { net: NET, noise: NOISE }, training: { perturb: {}, loss: { denoising_score_matching: {} }, optimize: OPTIMIZE } },
  { model: { output: 'energy', net: NET }, training: { contrast: { sampler: LANGEVIN, steps: 2 }, loss: { maximum_likelihood: {} }, optimize: OPTIMIZE } },
  { model: { output: 'energy', encoding: 'categories', net: { made: { width: 8, layers: 1 } } }, training: { encode: {}, loss: { negative_log_likelihood: {} }, optimize: OPTIMIZE } },
]

/** What is sampled, before an example takes a place in it. */
const SAMPLE = { energy: 'double_well', sampler: LANGEVIN, chains: 4, burn_in: 4, steps: 2 }

/** The examples of a kind, as they stand under its word. */
const examplesOf = (kind: Kind): unknown[] => builtin.of(kind).map(({ example }) => Object.values(parse(example) as Mapping)[0])

/** Fields that name a stream or a model, of any component. */
const naming = (what: 'stream' | 'model'): readonly string[] =>
  [...new Set(builtin.kinds().flatMap((kind) => builtin.of(kind).flatMap(({ config }) => fieldsNaming(what, config))))]
const FIELDS = { stream: ['from', ...naming('stream')], model: ['model', ...naming('model')] }

/** All pipelines around an example, the likeliest first. */
export function* pipelinesAround(text: string): Generator<Mapping> {
  const example = parse(text) as Mapping
  if ('name' in example) return yield example
  const [word = '', ...others] = Object.keys(example)
  const value = example[word]
  const place = PLACES[word]
  if (place === undefined || others.length > 0) throw new Error(`an example begins with one of ${Object.keys(PLACES).join(', ')}, not with ${Object.keys(example).join(', ')}`)
  for (const world of WORLDS) for (const given of place(value as never, namesUnder(FIELDS.model, example)[0] ?? 'm', world)) yield whole(given, example, world)
}

/** What an example gives to a pipeline. */
interface Given {
  readonly sample?: Mapping
  readonly model?: Mapping
  readonly models?: Mapping
  readonly streams?: Mapping
  /** Operators that train a model. */
  readonly training?: readonly Mapping[]
  readonly outputs?: readonly Mapping[]
}

type Place = (value: never, model: string, world: World) => Iterable<Given>

const PLACES: Readonly<Record<string, Place>> = {
  energy: (energy: unknown) => ofSampling({ energy }),
  sampler: (sampler: unknown) => ofSampling({ sampler }),
  start: (start: unknown) => ofSampling({ start }),
  adapt: (adapt: unknown) => ofSampling({ adapt }),
  sample: (sample: Mapping) => [{ sample }],
  net: (net: unknown) => [{ model: { net } }],
  noise: (noise: unknown) => [{ model: { noise } }],
  precondition: (precondition: unknown) => [{ model: { precondition } }],
  encoding: (encoding: unknown) => [{ model: { encoding } }],
  models: (models: Mapping) => [{ models }],
  loss: (loss: unknown, model, world) => [{ training: trainingOf(world, model, { loss }) }],
  optimize: (optimize: unknown, model, world) => [{ training: trainingOf(world, model, { optimize }) }],
  schedule: (schedule: unknown, model, world) => [{ training: trainingOf(world, model, { optimize: { model, ...OPTIMIZE, schedule } }) }],
  source: (source: unknown) => [{ streams: { rows: { source } } }],
  through: (through: readonly Mapping[], model, world) => [
    { streams: { result: { from: 'particles', through } } },
    ...through.every((operator) => Object.keys(operator).every((name) => name in world.training)) ? [{ training: trainingOf(world, model, Object.assign({}, ...through) as Mapping) }] : [],
  ],
  streams: (streams: Mapping) => [{ streams }],
  outputs: (outputs: readonly Mapping[]) => [{ outputs }],
}

/** With a part in its place, the others are tried until they fit it: energies and models, and samplers. */
function* ofSampling(part: Mapping): Generator<Given> {
  const choices = (own: unknown, given: unknown, kind: Kind): unknown[] => (own === undefined ? [given, ...examplesOf(kind)] : [own])
  for (const sampler of choices(part.sampler, SAMPLE.sampler, 'sampler')) {
    for (const energy of choices(part.energy, SAMPLE.energy, 'energy')) yield { sample: { ...SAMPLE, ...part, sampler, energy } }
    const { energy: _, ...ofModel } = { ...SAMPLE, ...part, sampler, model: 'm' }
    const { steps: __, burn_in: ___, ...ofItsOwnSteps } = ofModel
    if (part.energy === undefined) yield* [{ sample: ofModel }, { sample: ofItsOwnSteps }]
  }
}

/** The training of a model, with some of its operators in place of ours. */
const trainingOf = ({ training }: World, model: string, own: Mapping): Mapping[] =>
  Object.entries(training).map(([operator, body]) => ({ [operator]: own[operator] ?? { model, ...body } }))

/** The pipeline, with the models and streams that are named in it. */
function whole({ sample, model = {}, models, streams = {}, training, outputs = [] }: Given, example: Mapping, world: World): Mapping {
  const named = [example, sample, streams, training, outputs]
  const needed = [...new Set([...namesUnder(FIELDS.model, named), ...(Object.keys(model).length > 0 ? ['m'] : [])])]
  const made = models ?? Object.fromEntries(needed.map((name) => [name, { ...world.model, ...model }]))
  const drawn = [...new Set([...(sample === undefined ? [] : ['particles']), ...namesUnder(FIELDS.stream, named)])].filter((name) => !(name in streams))
  const all: Mapping = {
    ...streams,
    ...Object.fromEntries(drawn.map((name) => [name, name === 'particles' ? { sample: sample ?? SAMPLE } : { source: 'two_moons' }])),
    ...Object.fromEntries(Object.keys(made).map((name, i) => [`training-of-${name}`, { source: 'two_moons', through: i === 0 && training !== undefined ? training : trainingOf(world, name, {}) }])),
  }
  const shown = Object.keys(all).filter((name) => !name.startsWith('training-of-'))
  return {
    name: 'example',
    ...(Object.keys(made).length === 0 ? {} : { models: made }),
    streams: Object.keys(all).length === 0 ? { rows: { source: 'two_moons' } } : all,
    outputs: [...outputs, ...shown.map((from) => ({ from, console: {} }))],
  }
}

/** The texts that stand under some keys, however deep. */
function namesUnder(keys: readonly string[], value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return [...new Set(Object.entries(value).flatMap(([word, inner]) => (keys.includes(word) && typeof inner === 'string' ? [inner] : namesUnder(keys, inner))))]
}
