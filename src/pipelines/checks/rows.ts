/** Rows that are asked or filled by a model: what goes over noise levels needs a model, and a sampler, that have them. */
import { isOverLevels, type Sampler } from '../../models/samplers/contract.ts'
import { isList, modelsOf, partsOf, type PartDeclaration, type PipelineDeclaration } from '../declaration.ts'
import { made, namesSubject, type Check, type Report } from './contract.ts'

export const checkRows: Check = (pipeline, report) => {
  for (const part of [...pipeline.streams.values()].flatMap(partsOf)) {
    if (part.unit.name === 'evaluate') checkEvaluated(part, pipeline, report)
    if (part.unit.name === 'impute') {
      checkLevels(part, 'model', pipeline, report)
      checkFilling(part, report)
    }
  }
}

function checkEvaluated(part: PartDeclaration, pipeline: PipelineDeclaration, report: Report): void {
  if (!namesSubject(part, report) || part.config.log_density === undefined) return
  if (part.parts.energy === undefined) return checkLevels(part, 'log_density', pipeline, report)
  report('model_noise', [...part.path, 'log_density'], 'evaluate with log_density goes over noise levels, and an energy has none', { hint: 'Leave log_density out.', what: 'key' })
}

function checkLevels(part: PartDeclaration, field: string, { models }: PipelineDeclaration, report: Report): void {
  const [name = ''] = modelsOf(part)
  const declared = models.get(name)
  if (declared === undefined || !('made' in declared) || declared.made.noise !== undefined) return
  report('model_noise', [...part.path, field], `${part.unit.name}${field === 'model' ? '' : ` with ${field}`} goes over noise levels, and model ${name} has none`, { hint: `Declare models.${name}.noise${field === 'model' ? '' : `, or leave ${field} out`}.`, what: 'key' })
}

function checkFilling({ parts: { sampler } }: PartDeclaration, report: Report): void {
  const kernel = sampler === undefined || isList(sampler) ? undefined : made<Sampler>(sampler, report)
  if (kernel === undefined || isOverLevels(kernel)) return
  report('sampler_needs', (sampler as PartDeclaration).path, `impute needs a sampler over noise levels, which ${kernel.is.name} is not`, { hint: 'Take annealed_langevin, predictor_corrector or another that has levels.', what: 'key' })
}
