/**
 * The least pipeline that an example stands in: by the word that the example begins with, and the
 * models and streams that it names.
 */
import { parse, stringify } from 'yaml'
import { builtin, type AnyUnit } from '../../src/pipelines/catalogue.ts'
import type { PartDeclaration, PipelineDeclaration } from '../../src/pipelines/declaration.ts'
import type { Issue } from '../../src/pipelines/issues.ts'
import { lint } from '../../src/pipelines/lint.ts'

type Mapping = Readonly<Record<string, unknown>>

/** What an example gives to the pipeline; the rest is ours. */
interface Given {
  readonly sample?: unknown
  readonly model?: Mapping
  readonly models?: unknown
  readonly streams?: Mapping
  /** Operators of a training, by name. */
  readonly training?: Mapping
  readonly outputs?: readonly Mapping[]
}

const ADAM = { adam: {} }

/** Where examples stand. */
const PLACES: Readonly<Record<string, (value: never, model: string) => Given>> = {
  energy: (energy: unknown) => ({ sample: { ...SAMPLE, energy } }),
  sampler: (sampler: unknown) => ({ sample: { ...SAMPLE, sampler } }),
  start: (start: unknown) => ({ sample: { ...SAMPLE, start } }),
  sample: (sample: unknown) => ({ sample }),
  net: (net: unknown) => ({ model: { net } }),
  noise: (noise: unknown) => ({ model: { noise } }),
  precondition: (precondition: unknown) => ({ model: { precondition } }),
  encoding: (encoding: unknown) => ({ model: { encoding } }),
  models: (models: unknown) => ({ models }),
  loss: (loss: unknown) => ({ training: { loss } }),
  optimize: (optimize: unknown) => ({ training: { optimize } }),
  schedule: (schedule: unknown, model) => ({ training: { optimize: { model, ...ADAM, schedule } } }),
  source: (source: unknown) => ({ streams: { rows: { source } } }),
  through: (through: readonly Mapping[]) => {
    const own = Object.assign({}, ...through) as Mapping
    return Object.keys(own).every((name) => TRAINING.includes(name)) ? { training: own } : { sample: SAMPLE, streams: { result: { from: PARTICLES, through } } }
  },
  streams: (streams: Mapping) => ({ streams }),
  outputs: (outputs: readonly Mapping[]) => ({ outputs }),
}

const PARTICLES = 'particles'
const TRAINING = ['perturb', 'loss', 'optimize']
const SAMPLE = { energy: 'double_well', sampler: { langevin: { step_size: 0.01 } }, chains: 4, steps: 2 }
const NET = { net: { mlp: { width: 8, layers: 1 } }, noise: { geometric: { largest: 2, smallest: 0.1, levels: 4 } } }

/** The texts of pipelines that may hold an example: the first that is right is the one. */
function pipelinesAround(text: string): string[] {
  const example = parse(text) as Mapping
  if ('name' in example) return [text]
  const [word = '', ...others] = Object.keys(example)
  const place = PLACES[word]
  if (place === undefined || others.length > 0) throw new Error(`an example begins with one of ${Object.keys(PLACES).join(', ')}, not with ${Object.keys(example).join(', ')}`)
  const models = namesUnder('model', example)
  const given = place(example[word] as never, models[0] ?? 'm')
  const named = [...namesUnder('from', example), ...namesUnder('to', example)]
  const { energy: _, ...withoutEnergy } = SAMPLE
  // What needs a model over noise levels does not run on an energy.
  const alternatives = word === 'sampler' ? [given, { ...given, sample: { ...withoutEnergy, model: 'm', sampler: example.sampler } }] : [given]
  return alternatives.map((one) => stringify(pipelineOf(one, models, named)))
}

function pipelineOf({ sample, model = {}, models, streams = {}, training = {}, outputs }: Given, names: readonly string[], named: readonly string[]): Mapping {
  const needed = [...new Set([...names, ...namesUnder('model', sample), ...(Object.keys(model).length + Object.keys(training).length > 0 && names.length === 0 ? ['m'] : [])])]
  const made = (models ?? Object.fromEntries(needed.map((name) => [name, { ...NET, ...model }]))) as Mapping
  const particles = [...(sample === undefined ? [] : [PARTICLES]), ...named].filter((name) => !(name in streams))
  const all = {
    ...streams,
    ...Object.fromEntries(particles.map((name) => [name, { sample: sample ?? SAMPLE }])),
    ...Object.fromEntries(Object.keys(made).map((name) => [`training-of-${name}`, {
      source: 'two_moons',
      through: TRAINING.map((operator) => ({ [operator]: training[operator] ?? { model: name, ...(operator === 'loss' ? { denoising_score_matching: {} } : operator === 'optimize' ? ADAM : {}) } })),
    }])),
  }
  const shown = Object.keys(all).filter((name) => !name.startsWith('training-of-'))
  return {
    name: 'example',
    ...(Object.keys(made).length === 0 ? {} : { models: made }),
    streams: Object.keys(all).length === 0 ? { rows: { source: 'two_moons' } } : all,
    outputs: [...(outputs ?? []), ...shown.map((from) => ({ from, console: {} }))],
  }
}

/** All texts that stand under a key, however deep. */
function namesUnder(key: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return [...new Set(Object.entries(value).flatMap(([word, inner]) => (word === key && typeof inner === 'string' ? [inner] : namesUnder(key, inner))))]
}

export interface Linted {
  readonly issues: readonly Issue[]
  readonly pipeline?: PipelineDeclaration
}

/** The pipeline around an example, checked. */
export async function lintExample(text: string): Promise<Linted> {
  const tried: Linted[] = []
  for (const pipeline of pipelinesAround(text)) {
    const { issues, declaration } = await lint(pipeline)
    if (issues.length === 0 && declaration !== undefined) return { issues, pipeline: declaration }
    tried.push({ issues })
  }
  return tried[0] as Linted
}

export interface Example {
  /** The component, as lint read it from its example. */
  readonly part: PartDeclaration
  /** What stands before it in its stream, if it is an operator. */
  readonly before: readonly PartDeclaration[]
}

export async function exampleOf(unit: AnyUnit): Promise<Example> {
  const { issues, pipeline } = await lintExample(unit.example)
  if (pipeline === undefined) throw new Error(`the example of ${unit.name} does not lint: ${issues.map(({ message }) => message).join('; ')}`)
  const streams = [...pipeline.streams.values()]
  const tops = [
    ...[...pipeline.models.values()].flatMap((model) => ('made' in model ? Object.values(model.made) as PartDeclaration[] : [])),
    ...streams.flatMap((stream) => [...('source' in stream ? [stream.source] : 'sample' in stream ? [stream.sample] : []), ...stream.through]),
    ...pipeline.outputs.map(({ sink }) => sink),
  ]
  const part = tops.flatMap(withParts).find((one) => one.unit === unit)
  if (part === undefined) throw new Error(`the example of ${unit.name} is not of it`)
  const through = streams.find((stream) => stream.through.includes(part))?.through ?? []
  return { part, before: through.slice(0, through.indexOf(part)) }
}

const withParts = (part: PartDeclaration): PartDeclaration[] => [part, ...Object.values(part.parts).flat().flatMap(withParts)]

/** All components, whatever their kind. */
export const units: readonly AnyUnit[] = builtin.kinds().flatMap((kind) => builtin.of(kind))
