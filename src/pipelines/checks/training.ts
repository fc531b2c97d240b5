/**
 * Training: perturb, then loss, then optimize, of one model; one optimize for each model, in a stream
 * that no later phase reads again; and whatever uses a model uses one that is trained or loaded.
 */
import { builtin, type AnyUnit } from '../catalogue.ts'
import { modelsOf, partsOf, type PartDeclaration, type PipelineDeclaration, type StreamDeclaration } from '../declaration.ts'
import type { Path } from '../issues.ts'
import { inputsOf, plan, trainedBy, TRAINING } from '../plan.ts'
import type { Check, Report } from './contract.ts'

export const checkTraining: Check = (pipeline, report) => {
  for (const declared of pipeline.streams.values()) checkOrder(declared, pipeline, report)
  checkTrainers(pipeline, report)
}

function checkOrder({ through }: StreamDeclaration, { models }: PipelineDeclaration, report: Report): void {
  through.forEach((part, i) => {
    const before = { loss: 'perturb', optimize: 'loss' }[part.unit.name]
    if (before === undefined) return
    const [name = ''] = modelsOf(part)
    const at = through.slice(0, i).findLastIndex(({ unit }) => unit.name === before)
    const made = through[at]
    if (made === undefined) return report('pipeline_order', part.path, `${part.unit.name} has no ${before} before it`, { what: 'key' })
    const between = through.slice(at + 1, i).find(({ unit }) => before === 'loss' && unit.name !== 'optimize' && isOurs(unit))
    if (between !== undefined) report('pipeline_order', between.path, `${between.unit.name} stands between loss and optimize, where gradients flow, not rows`, { hint: 'Put it before perturb, or after optimize.', what: 'key' })
    const [other = ''] = modelsOf(made)
    if (other !== name && models.has(name) && models.has(other)) {
      report('pipeline_order', [...part.path, 'model'], `${part.unit.name} is of model ${name}, the ${before} before it of ${other}`)
    }
  })
}

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
    const declared = pipeline.models.get(name)
    if (declared !== undefined && !('made' in declared)) report('pipeline_order', path, `model ${name} is loaded, and what is loaded is not trained`, { hint: 'Declare it with net and noise to train one.' })
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

const usesOf = (part: PartDeclaration): { readonly name: string; readonly path: Path }[] => modelsOf(part).map((name) => ({ name, path: [...part.path, 'model'] }))

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
