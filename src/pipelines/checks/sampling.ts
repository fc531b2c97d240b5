/** A sampler and what it is to sample: an energy or a model, and as much of it as the sampler needs. */
import type { Sampler } from '../../models/samplers/contract.ts'
import { modelsOf, type PartDeclaration, type PipelineDeclaration } from '../declaration.ts'
import { made, type Check, type Report } from './contract.ts'

export const checkSampling: Check = (pipeline, report) => {
  for (const declared of pipeline.streams.values()) if ('sample' in declared) checkSample(declared.sample, pipeline, report)
}

function checkSample(sample: PartDeclaration, pipeline: PipelineDeclaration, report: Report): void {
  const [name] = modelsOf(sample)
  const { energy, sampler } = sample.parts
  if ((name === undefined) === (energy === undefined)) {
    report('pipeline_missing', sample.path, 'sample has either an energy or a model', { hint: '', what: 'key' })
    return
  }
  if (sampler === undefined) return
  const kernel = made<Sampler>(sampler, report)
  if (kernel === undefined) return
  const { needs, numSteps } = kernel
  if (needs === 'levels' && energy !== undefined) {
    report('sampler_needs', sampler.path, `${sampler.unit.name} needs a model over noise levels, not an energy`, { hint: 'Name a model, or take langevin.', what: 'key' })
  }
  if (needs === 'density' && name !== undefined && pipeline.models.has(name)) {
    report('sampler_needs', sampler.path, `${sampler.unit.name} needs an energy, and model ${name} knows only a score`, { what: 'key' })
  }
  if (numSteps === undefined && sample.config.steps === undefined) {
    report('pipeline_missing', sample.path, `steps is missing: ${sampler.unit.name} has no number of steps of its own`, { hint: '', what: 'key' })
  }
  if (numSteps !== undefined && sample.config.steps !== undefined) {
    report('pipeline_value', [...sample.path, 'steps'], `${sampler.unit.name} has a number of steps of its own: those of its levels`, { hint: `Leave steps out; see \`heatbath describe ${sampler.unit.name}\`.`, what: 'key' })
  }
}
