/**
 * The order in which a pipeline runs: phases, one after the other.
 *
 * A stream that uses a model runs in a phase after the one that trains it; streams of one phase run
 * at the same time. A stream that later phases read again runs again in each of them.
 */
import { inputsOf as inputsOfStream, modelsOf, partsOf, type OutputDeclaration, type PartDeclaration, type PipelineDeclaration } from './declaration.ts'

export interface Phase {
  /** Streams that run, inputs before what reads them. */
  readonly streams: readonly string[]
  /** Of streams that come to their end in this phase. */
  readonly outputs: readonly OutputDeclaration[]
  /** Models that are trained in it. */
  readonly trains: readonly string[]
}

export function plan(pipeline: PipelineDeclaration): Phase[] {
  const ranks = new Map([...pipeline.streams.keys()].map((name) => [name, rankOf(name, pipeline, new Map())]))
  const outputs = pipeline.outputs.filter((output): output is OutputDeclaration & { from: string } => 'from' in output)
  const wanted = [...new Set([...outputs.map(({ from }) => from), ...[...pipeline.streams.keys()].filter((name) => trainedBy(name, pipeline).length > 0)])]
  const numPhases = Math.max(0, ...wanted.map((name) => (ranks.get(name) ?? 0) + 1))
  return Array.from({ length: numPhases }, (_, rank) => {
    const ends = wanted.filter((name) => ranks.get(name) === rank)
    return {
      streams: withInputs(ends, pipeline),
      outputs: outputs.filter(({ from }) => ranks.get(from) === rank),
      trains: ends.flatMap((name) => trainedBy(name, pipeline)),
    }
  }).filter(({ streams }) => streams.length > 0)
}

/** Models that a stream trains. */
export const trainedBy = (name: string, { streams }: PipelineDeclaration): string[] =>
  (streams.get(name)?.through ?? []).filter(({ unit }) => unit.name === 'optimize').flatMap(modelsOf)

/** Streams that train a model: one, in a right pipeline. */
export const trainersOf = (model: string, pipeline: PipelineDeclaration): string[] =>
  [...pipeline.streams.keys()].filter((name) => trainedBy(name, pipeline).includes(model))

/** The model that a stream looks at while it is trained. */
export function followedBy(name: string, { streams }: PipelineDeclaration): string | undefined {
  const declared = streams.get(name)
  if (declared === undefined) return undefined
  const follows = 'sample' in declared && declared.sample.config.follow !== undefined ? declared.sample : declared.through.find(({ unit }) => unit.name === 'validate')
  return follows && modelsOf(follows)[0]
}

/** Streams that a stream reads, and the one whose training it follows. */
export function inputsOf(name: string, pipeline: PipelineDeclaration): string[] {
  const declared = pipeline.streams.get(name)
  if (declared === undefined) return []
  const followed = followedBy(name, pipeline)
  return [...inputsOfStream(declared), ...(followed === undefined ? [] : trainersOf(followed, pipeline))]
}

/** Operators that need a model as it becomes, not as it is in the end. */
export const TRAINING: ReadonlySet<string> = new Set(['perturb', 'contrast', 'encode', 'loss', 'optimize', 'validate'])

function rankOf(name: string, pipeline: PipelineDeclaration, known: Map<string, number>): number {
  const seen = known.get(name)
  if (seen !== undefined) return seen
  known.set(name, 0) // a circle is lint's affair
  const declared = pipeline.streams.get(name)
  const used = (declared === undefined ? [] : partsOf(declared)).filter((part: PartDeclaration) => !TRAINING.has(part.unit.name)).flatMap(modelsOf)
  const followed = followedBy(name, pipeline)
  const trainers = used.filter((model) => model !== followed).flatMap((model) => trainersOf(model, pipeline)).filter((other) => other !== name)
  const rank = Math.max(0, ...inputsOf(name, pipeline).map((input) => rankOf(input, pipeline, known)), ...trainers.map((trainer) => rankOf(trainer, pipeline, known) + 1))
  known.set(name, rank)
  return rank
}

function withInputs(names: readonly string[], pipeline: PipelineDeclaration): string[] {
  const ordered: string[] = []
  const visit = (name: string): void => {
    if (ordered.includes(name)) return
    inputsOf(name, pipeline).forEach(visit)
    ordered.push(name)
  }
  names.forEach(visit)
  return ordered
}
