/** How long streams are, and through which noise levels they go, as far as their declaration says. */
import type { Noise } from '../models/noise/contract.ts'
import type { Sampler } from '../models/samplers/contract.ts'
import type { Target } from '../models/target.ts'
import { isList, type PartDeclaration, type PipelineDeclaration } from './declaration.ts'
import { instantiate } from './instantiate.ts'

export interface Expected {
  /** Number of the last step of its chains. */
  readonly steps?: number
  /** Passes over the data of a training stream. */
  readonly epochs?: number
  /** σ of the levels that a sampler goes through, the largest first. */
  readonly levels?: readonly number[]
}

export function expected(pipeline: PipelineDeclaration): ReadonlyMap<string, Expected> {
  return new Map([...pipeline.streams.keys()].map((name) => [name, expectedOf(name, pipeline, [])]))
}

function expectedOf(name: string, pipeline: PipelineDeclaration, trail: readonly string[]): Expected {
  const stream = pipeline.streams.get(name)
  if (stream === undefined || trail.includes(name)) return {}
  if ('from' in stream) return expectedOf(stream.from, pipeline, [...trail, name])
  const trains = stream.through.some(({ unit }) => unit.name === 'optimize')
  if ('sample' in stream) return trains ? {} : lastStep(stream.sample, pipeline) // its steps are not those of the training
  const repeat = stream.through.find(({ unit }) => unit.name === 'repeat')?.config.epochs
  return trains ? { epochs: typeof repeat === 'number' ? repeat : 1 } : {}
}

function lastStep(sample: PartDeclaration, pipeline: PipelineDeclaration): Expected {
  if (sample.config.follow !== undefined) return {} // as long as the training
  const { steps, ...rest } = stepsOf(sample, pipeline)
  return { ...rest, ...(steps === undefined ? {} : { steps: steps + Number(sample.config.burn_in) }) }
}

/** Transitions after the burn-in, and noise levels on the way; what is left to the data is unknown. */
export function stepsOf({ config, parts: { sampler } }: PartDeclaration, pipeline: PipelineDeclaration): Expected {
  const own = sampler === undefined || isList(sampler) ? {} : ownSteps(sampler, String(config.model), pipeline)
  return { ...(typeof config.steps === 'number' ? { steps: config.steps } : {}), ...own }
}

function ownSteps(part: PartDeclaration, model: string, pipeline: PipelineDeclaration): Expected {
  const { needs, numSteps } = instantiate<Sampler>(part)
  const declared = pipeline.models.get(model)
  const noise = declared !== undefined && 'made' in declared ? declared.made.noise : undefined
  if (numSteps === undefined || (needs === 'levels' && noise === undefined)) return {}
  try {
    const levels = noise && instantiate<Noise>(noise).levels
    return { steps: numSteps({ levels } as Target), ...(levels === undefined ? {} : { levels }) }
  } catch {
    return {}
  }
}
