/** Models: their noise fits their preconditioning, and what brings rows to them; what is autoregressive is an energy of categories. */
import type { Preconditioning } from '../../models/preconditioning/contract.ts'
import type { FileNet, Net } from '../../models/nets/contract.ts'
import type { Encoding } from '../../streams/encodings/contract.ts'
import { isEntry, modelsOf, partsOf, type MadeModel, type ModelDeclaration, type PipelineDeclaration } from '../declaration.ts'
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
  checkStates(name, model.made, report)
  for (const part of [...pipeline.streams.values()].flatMap(partsOf)) {
    if (!isEntry(part) || !modelsOf(part).includes(name)) continue
    const { name: operator } = part.unit
    if (operator === 'perturb' && noise === undefined) report('model_noise', part.path, `model ${name} has no noise to perturb with`, { what: 'key' })
    if (operator !== 'perturb' && noise !== undefined) report('model_noise', part.path, `model ${name} is of noised data: perturb brings rows to it, not ${operator}`, { hint: `Put perturb in its place, or leave out models.${name}.noise.`, what: 'key' })
    if (operator === 'contrast' && isAutoregressive(model.made, report)) report('pipeline_order', part.path, `${name} is autoregressive: its likelihood is known without negatives`, { hint: 'Put encode in its place, and the loss negative_log_likelihood after it.', what: 'key' })
    if (operator === 'contrast' && output !== 'energy') report('loss_needs', part.path, `contrast samples an energy, and model ${name} is a score`, { what: 'key' })
  }
}

/** An autoregressive net makes an energy of states, and states are for such nets. */
function checkStates(name: string, declared: MadeModel, report: Report): void {
  const { net, output, noise, precondition, encoding } = declared
  const [isSequence, isDiscrete] = [isAutoregressive(declared, report), made<Encoding>(encoding, report)?.is_discrete === true]
  const { unit: { name: word } } = net
  if (isSequence && output !== 'energy') report('loss_needs', net.path, `${word} makes an energy, and model ${name} is a score`, { hint: 'Declare output: energy.', what: 'key' })
  if (isSequence && noise !== undefined) report('model_noise', noise.path, `${word} is of categories, which have no noise`, { hint: 'Leave noise out.' })
  if (isSequence && precondition.unit.name !== 'none') report('model_noise', precondition.path, `${word} makes logits: there is nothing to precondition`, { hint: 'Leave precondition out.' })
  if (isSequence && !isDiscrete) report('pipeline_value', net.path, `${word} is of categories, and ${encoding.unit.name} makes numbers of columns`, { hint: 'Declare encoding: categories.', what: 'key' })
  if (isDiscrete && !isSequence) report('pipeline_value', encoding.path, `${encoding.unit.name} makes states, and ${word} takes real numbers`, { hint: 'Take the net made, or encode a table.', what: 'key' })
}

/** Whether its coordinates are states, drawn in turn. */
export function isAutoregressive({ net }: MadeModel, report: Report): boolean {
  const one = made<Net | FileNet>(net, report)
  return one !== undefined && 'states' in one
}
