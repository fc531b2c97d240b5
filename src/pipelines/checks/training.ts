/**
 * Training: perturb, contrast or encode, then loss, then optimize, of one model; one optimize for each model, in a stream
 * that no later phase reads again; and whatever uses a model uses one that is trained or loaded.
 */
import type { Loss } from '../../models/losses/contract.ts'
import { builtin, type AnyUnit } from '../catalogue.ts'
import { isEntry, isList, modelsNamed, modelsOf, partsOf, type ModelDeclaration, type PartDeclaration, type PipelineDeclaration, type StreamDeclaration } from '../declaration.ts'
import type { Path } from '../issues.ts'
import { inputsOf, plan, trainedBy, trainersOf, TRAINING } from '../plan.ts'
import { made, type Check, type Report } from './contract.ts'
import { isAutoregressive } from './models.ts'

export const checkTraining: Check = (pipeline, report) => {
  for (const declared of pipeline.streams.values()) checkOrder(declared, pipeline, report)
  checkTrainers(pipeline, report)
  checkValidation(pipeline, report)
}

function checkOrder({ through }: StreamDeclaration, { models }: PipelineDeclaration, report: Report): void {
  through.forEach((part, i) => {
    const { name } = part.unit
    if (name !== 'loss' && name !== 'optimize') return
    const [model = ''] = modelsOf(part)
    const at = through.slice(0, i).findLastIndex((earlier) => (name === 'loss' ? isEntry(earlier) : earlier.unit.name === 'loss'))
    const before = through[at]
    if (before === undefined) return report('pipeline_order', part.path, `${name} has no ${name === 'loss' ? 'perturb, contrast or encode' : 'loss'} before it`, { what: 'key' })
    const between = through.slice(at + 1, i).find(({ unit }) => name === 'optimize' && unit.name !== 'optimize' && isOurs(unit))
    if (between !== undefined) report('pipeline_order', between.path, `${between.unit.name} stands between loss and optimize, where gradients flow, not rows`, { hint: 'Put it before perturb, contrast or encode, or after optimize.', what: 'key' })
    const [other = ''] = modelsOf(before)
    if (other !== model && models.has(model) && models.has(other)) {
      report('pipeline_order', [...part.path, 'model'], `${name} is of model ${model}, the ${before.unit.name} before it of ${other}`)
    } else if (name === 'loss') {
      checkLoss(part, before.unit.name, models.get(model), report)
    }
  })
}

/** What is validated is trained by another stream, and its loss reads rows alone. */
function checkValidation(pipeline: PipelineDeclaration, report: Report): void {
  for (const [stream, { through }] of pipeline.streams) {
    for (const part of through) {
      if (part.unit.name !== 'validate') continue
      const [name = ''] = modelsOf(part)
      const model = pipeline.models.get(name)
      const isTrained = trainersOf(name, pipeline).some((other) => other !== stream)
      if (model !== undefined && !isTrained) report('pipeline_untrained', [...part.path, 'model'], `no other stream trains ${name}: there is nothing to validate`, { hint: 'Put validate into a stream of held-out rows, beside the one that trains.' })
      const seen = model !== undefined && 'made' in model && model.made.noise === undefined ? 'encode' : 'perturb'
      checkLoss(part, seen, model, report)
    }
  }
}

/** What a loss reads must be made by the operator before it, and the model be of its kind. */
function checkLoss(part: PartDeclaration, before: string, model: ModelDeclaration | undefined, report: Report): void {
  const { loss } = part.parts
  const rule = loss === undefined || isList(loss) ? undefined : made<Loss>(loss, report)
  if (loss === undefined || isList(loss) || rule === undefined) return
  const columns = MAKES[before] ?? []
  const missing = rule.reads.find((column) => !columns.includes(column))
  if (missing !== undefined) report('pipeline_order', part.path, `${loss.unit.name} reads ${missing}, which ${before} does not give`, { hint: part.unit.name === 'validate' ? 'Validate with a loss of rows alone.' : `Put ${missing === 'negatives' ? 'contrast' : 'perturb'} before it instead of ${before}.`, what: 'key' })
  if (model === undefined || !('made' in model)) return
  const isSequence = isAutoregressive(model.made, report)
  if (rule.needs === 'normalized' && !isSequence) report('loss_needs', loss.path, `${loss.unit.name} needs a model that is normalised, such as one with the net made`, { hint: 'Take a loss of scores, or maximum_likelihood with contrast.', what: 'key' })
  if ((rule.needs === 'score' || rule.domain === 'real') && isSequence) report('loss_needs', loss.path, `${loss.unit.name} is of real numbers, and the model of categories`, { hint: 'Take negative_log_likelihood.', what: 'key' })
  if (rule.needs === 'energy' && model.made.output !== 'energy') report('loss_needs', loss.path, `${loss.unit.name} needs an energy, and the model is a score`, { what: 'key' })
}

/** Columns that operators give which bring rows to a model. */
const MAKES: Readonly<Record<string, readonly string[]>> = { perturb: ['x', 'noise', 'sigma'], contrast: ['x', 'negatives'], encode: ['x'] }

/** None of heatbath's own operators passes gradients on one by one, all and in order; an imported one may. */
const isOurs = (unit: AnyUnit): boolean => builtin.find('operator', unit.name) === unit

function checkTrainers(pipeline: PipelineDeclaration, report: Report): void {
  const seen = new Set<string>()
  for (const part of [...pipeline.streams.values()].flatMap(partsOf)) {
    if (part.unit.name !== 'optimize') continue
    const [name = ''] = modelsOf(part)
    const path = [...part.path, 'model']
    if (seen.has(name)) report('model_taken', path, `model ${name} has another optimize`)
    seen.add(name)
  }
}

/** For pipelines without other faults: what is faulty may be what trains. */
export const checkTrained: Check = (pipeline, report) => {
  const trained = new Set([...pipeline.streams.keys()].flatMap((name) => trainedBy(name, pipeline)))
  const parts = [...pipeline.streams.values()].flatMap(partsOf)
  const uses = parts.filter(({ unit }) => !TRAINING.has(unit.name)).flatMap((part) => usesOf(part))
  const outputs = pipeline.outputs.flatMap((output) => ('model' in output ? [{ name: output.model, path: [...output.path, 'model'] }] : []))
  const isMade = (name: string): boolean => 'made' in (pipeline.models.get(name) ?? {})
  for (const { name, path } of uses) {
    if (isMade(name) && !trained.has(name)) report('pipeline_untrained', path, `model ${name} is never trained: no stream has an optimize for it`)
  }
  for (const { name, path } of outputs) {
    if (!pipeline.models.has(name) || trained.has(name)) continue
    const hint = isMade(name) ? 'Train it in a stream.' : 'Its file is there already: leave the output out.'
    report('pipeline_untrained', path, `model ${name} is never trained: there is nothing to write`, { hint })
  }
}

const usesOf = (part: PartDeclaration): { readonly name: string; readonly path: Path }[] => modelsNamed(part).map(({ name, field }) => ({ name, path: [...part.path, field] }))

/** A stream that trains is read in its own phase alone: read again, it would train on. For pipelines without other faults. */
export const checkRereading: Check = (pipeline, report) => {
  for (const { streams, trains } of plan(pipeline)) {
    for (const name of streams) {
      const [model] = trainedBy(name, pipeline).filter((one) => !trains.includes(one))
      if (model === undefined) continue
      const reader = streams.find((other) => inputsOf(other, pipeline).includes(name)) as string
      report('pipeline_order', pipeline.streams.get(reader)?.path ?? [], `${reader} reads ${name} in a later phase than the one in which ${name} trains ${model}`, { hint: 'Write the training stream to a file, or compare with its source.', what: 'key' })
    }
  }
}
