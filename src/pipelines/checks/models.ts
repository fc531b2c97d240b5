/** Models: their noise fits their preconditioning, and what brings rows to them. */
import type { Preconditioning } from '../../models/preconditioning/contract.ts'
import { isEntry, modelsOf, partsOf, type ModelDeclaration, type PipelineDeclaration } from '../declaration.ts'
import { made, type Check, type Report } from './contract.ts'

export const checkModels: Check = (pipeline, report) => {
  for (const [name, declared] of pipeline.models) checkModel(name, declared, pipeline, report)
}

function checkModel(name: string, model: ModelDeclaration, pipeline: PipelineDeclaration, report: Report): void {
  if (!('made' in model)) return
  const { noise, precondition, output } = model.made
  const wants = made<Preconditioning>(precondition, report)?.noise
  if (wants === 'with' && noise === undefined) report('model_noise', precondition.path, `${precondition.unit.name} is for models with noise levels, and ${name} has none`, { hint: 'Declare noise, or take gaussian_tilt or none.' })
  if (wants === 'without' && noise !== undefined) report('model_noise', precondition.path, `${precondition.unit.name} is for models without noise levels`, { hint: 'Leave noise out, or take edm or none.' })
  for (const part of [...pipeline.streams.values()].flatMap(partsOf)) {
    if (!isEntry(part) || !modelsOf(part).includes(name)) continue
    const { name: operator } = part.unit
    if (operator === 'perturb' && noise === undefined) report('model_noise', part.path, `model ${name} has no noise to perturb with`, { what: 'key' })
    if (operator !== 'perturb' && noise !== undefined) report('model_noise', part.path, `model ${name} is of noised data: perturb brings rows to it, not ${operator}`, { hint: `Put perturb in its place, or leave out models.${name}.noise.`, what: 'key' })
    if (operator === 'contrast' && output !== 'energy') report('loss_needs', part.path, `contrast samples an energy, and model ${name} is a score`, { what: 'key' })
  }
}
