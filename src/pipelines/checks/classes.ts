/** Classes: models that tell them apart have nets that heed them, and only of such a model one is drawn. */
import type { FileNet, Net } from '../../models/nets/contract.ts'
import type { Sampler } from '../../models/samplers/contract.ts'
import { isList, modelsOf, partsOf, type PartDeclaration, type PipelineDeclaration } from '../declaration.ts'
import { made, type Check, type Report } from './contract.ts'

export const checkClasses: Check = (pipeline, report) => {
  for (const [name, model] of pipeline.models) {
    if (!('made' in model) || model.made.classes === undefined) continue
    const net = made<Net | FileNet>(model.made.net, report)
    if (net !== undefined && ('file' in net || net.knows_classes !== true)) report('model_classes', model.made.net.path, `net ${net.is.name} heeds no classes`, { what: 'key' })
    for (const part of [...pipeline.streams.values()].flatMap(partsOf)) {
      if (part.unit.name === 'contrast' && modelsOf(part).includes(name)) report('model_classes', part.path, `contrast heeds no classes, and model ${name} has some`, { hint: `Leave out models.${name}.classes.`, what: 'key' })
    }
  }
  for (const stream of pipeline.streams.values()) if ('sample' in stream) checkSample(stream.sample, pipeline, report)
}

function checkSample(sample: PartDeclaration, pipeline: PipelineDeclaration, report: Report): void {
  const { classes, guidance } = sample.config
  if (classes === undefined) {
    if (guidance !== 1) report('model_classes', [...sample.path, 'guidance'], 'guidance is towards classes, and none are drawn', { hint: 'Name classes: all, or a list.', what: 'key' })
    return
  }
  const [name] = modelsOf({ ...sample, parts: {} })
  const model = name === undefined ? undefined : pipeline.models.get(name)
  if (name === undefined) report('model_classes', [...sample.path, 'classes'], 'an energy has no classes', { hint: 'Leave classes out, or name a model.', what: 'key' })
  else if (model !== undefined && 'made' in model && model.made.classes === undefined) report('model_classes', [...sample.path, 'classes'], `model ${name} has no classes`, { what: 'key' })
  const { sampler } = sample.parts
  const kernel = sampler === undefined || isList(sampler) ? undefined : made<Sampler>(sampler, report)
  if (kernel?.interacts === true) report('model_classes', [...sample.path, 'classes'], `particles of ${kernel.is.name} take each other's places, whatever their classes`, { hint: 'Take another sampler, or draw no class.', what: 'key' })
}
