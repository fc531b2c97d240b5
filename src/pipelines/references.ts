/**
 * What the parts of a pipeline say of each other: names that must exist, streams that must not run
 * in circles, models that one stream trains before others use them.
 */
import type { Adaptation } from '../models/adaptations/contract.ts'
import type { DataEnergy, Energy } from '../models/energies/contract.ts'
import type { Loss } from '../models/losses/contract.ts'
import type { Preconditioning } from '../models/preconditioning/contract.ts'
import type { Sampler } from '../models/samplers/contract.ts'
import { misfitOf, type Offered } from '../models/samplers/fit.ts'
import { densityOfPotential, energyTarget } from '../models/target.ts'
import type { Sink } from '../streams/sinks/contract.ts'
import { isEntry, isList, modelsNamed, modelsOf, partsOf, streamsNamed, type ModelDeclaration, type PartDeclaration, type PipelineDeclaration, type StreamDeclaration } from './declaration.ts'
import { instantiate } from './instantiate.ts'
import { inputsOf } from './plan.ts'
import { issue, suggest, type Issue, type Path, type Place } from './issues.ts'
import type { Code } from '../errors.ts'

type Locate = (path: Path, what?: 'key' | 'value') => Place

export function checkReferences(pipeline: PipelineDeclaration, locate: Locate): Issue[] {
  const issues: Issue[] = []
  const report = (code: Code, path: Path, message: string, hint?: string, what: 'key' | 'value' = 'value', severity: Issue['severity'] = 'error'): void => {
    issues.push(issue(code, locate(path, what), path, message, hint, severity))
  }
  const streams = [...pipeline.streams.keys()]
  const models = [...pipeline.models.keys()]
  const stream = (name: string, path: Path): void => {
    if (!pipeline.streams.has(name)) report('pipeline_unknown_stream', path, `there is no stream ${name}`, suggest(name, streams))
  }
  const model = (name: string, path: Path): void => {
    if (!pipeline.models.has(name)) report('pipeline_unknown_model', path, `there is no model ${name}`, suggest(name, models))
  }

  for (const declared of pipeline.streams.values()) {
    if ('from' in declared) stream(declared.from, [...declared.path, 'from'])
    for (const part of partsOf(declared)) {
      for (const { name, field } of modelsNamed(part)) model(name, [...part.path, field])
      for (const { name, field } of streamsNamed(part)) stream(name, [...part.path, field])
    }
    if ('sample' in declared) checkSample(declared.sample, pipeline, report)
    checkTraining(declared, pipeline, report)
  }
  for (const [name, declared] of pipeline.models) checkModel(name, declared, pipeline, report)
  for (const output of pipeline.outputs) {
    if ('from' in output) stream(output.from, [...output.path, 'from'])
    else model(output.model, [...output.path, 'model'])
    const { takes } = instantiate<Sink>(output.sink)
    const given = 'from' in output ? 'stream' : 'model'
    if (takes !== given) report('pipeline_output', output.sink.path, `${output.sink.unit.name} takes a ${takes}, not a ${given}`, undefined, 'key')
  }
  checkCycles(pipeline, report)
  checkTrainers(pipeline, report)
  checkIdle(pipeline, report)
  return issues
}

type Report = (code: Code, path: Path, message: string, hint?: string, what?: 'key' | 'value', severity?: Issue['severity']) => void

function checkSample(sample: PartDeclaration, pipeline: PipelineDeclaration, report: Report): void {
  const [name] = modelsOf(sample)
  const { energy, sampler, adapt } = sample.parts
  if ((name === undefined) === (energy === undefined)) {
    report('pipeline_missing', sample.path, 'sample has either an energy or a model', '', 'key')
  }
  if (sampler === undefined || isList(sampler)) return
  const made = instantiate<Sampler>(sampler)
  const offered = offeredBy(sample, pipeline)
  const misfit = offered && misfitOf(made, adapt === undefined || isList(adapt) ? undefined : instantiate<Adaptation>(adapt), offered.what, offered.name)
  if (misfit !== undefined) report('sampler_needs', sampler.path, `${misfit.sampler} needs ${misfit.need}, which ${misfit.target} does not offer`, undefined, 'key')
  if (adapt !== undefined && !isList(adapt) && !(Number(sample.config.burn_in) > 0)) report('pipeline_missing', adapt.path, `${adapt.unit.name} tunes during the burn-in, and there is none: burn_in is missing`, '', 'key')
  if (made.numSteps === undefined && sample.config.steps === undefined) {
    report('pipeline_missing', sample.path, `steps is missing: ${sampler.unit.name} has no number of steps of its own`, '', 'key')
  }
}

/** What is sampled, as far as it is known before data are read. */
function offeredBy({ parts: { energy }, ...sample }: PartDeclaration, { models }: PipelineDeclaration): { readonly name: string; readonly what: Offered } | undefined {
  if (energy !== undefined && !isList(energy)) {
    const made = instantiate<Energy | DataEnergy>(energy)
    return { name: energy.unit.name, what: 'data' in made ? { density: KNOWN } : energyTarget(made) }
  }
  const [name = ''] = modelsOf({ ...sample, parts: {} })
  const declared = models.get(name)
  if (declared === undefined || !('made' in declared)) return undefined
  const { output, noise } = declared.made
  return { name, what: { ...(noise === undefined ? {} : { levels: [] }), ...(output === 'energy' ? { density: KNOWN } : {}) } }
}

/** Of an energy that waits for its data. */
const KNOWN = densityOfPotential(() => {
  throw new TypeError('the energy has no data yet')
})

/** A loss follows what brings rows to its model, optimize follows loss, for one model. */
function checkTraining({ through }: StreamDeclaration, { models }: PipelineDeclaration, report: Report): void {
  through.forEach((part, i) => {
    const { name } = part.unit
    if (name !== 'loss' && name !== 'optimize') return
    const [model = ''] = modelsOf(part)
    const before = through.slice(0, i).findLast((earlier) => (name === 'loss' ? isEntry(earlier) : earlier.unit.name === 'loss'))
    const wanted = name === 'loss' ? 'perturb, contrast or encode' : 'loss'
    if (before === undefined) report('pipeline_order', part.path, `${name} has no ${wanted} before it`, undefined, 'key')
    else if (modelsOf(before)[0] !== model) report('pipeline_order', [...part.path, 'model'], `${name} is of model ${model}, the ${before.unit.name} before it of ${modelsOf(before)[0]}`)
    else if (name === 'loss') checkLoss(part, before, models.get(model), report)
  })
}

/** What a loss reads must be made by the operator before it, and the model be of its kind. */
function checkLoss(part: PartDeclaration, before: PartDeclaration, model: ModelDeclaration | undefined, report: Report): void {
  const { loss } = part.parts
  if (loss === undefined || isList(loss)) return
  const { reads, needs } = instantiate<Loss>(loss)
  const columns = MAKES[before.unit.name] ?? []
  const missing = reads.find((column) => !columns.includes(column))
  if (missing !== undefined) report('pipeline_order', part.path, `${loss.unit.name} reads ${missing}, which ${before.unit.name} does not give`, `Put ${missing === 'negatives' ? 'contrast' : 'perturb'} before it instead of ${before.unit.name}.`, 'key')
  if (model === undefined || !('made' in model)) return
  if (needs === 'energy' && model.made.output !== 'energy') report('loss_needs', loss.path, `${loss.unit.name} needs an energy, and the model is a score`, undefined, 'key')
}

/** Columns that operators give which bring rows to a model. */
const MAKES: Readonly<Record<string, readonly string[]>> = { perturb: ['x', 'noise', 'sigma'], contrast: ['x', 'negatives'], encode: ['x'] }

/** A model's noise fits its preconditioning, and what brings rows to it. */
function checkModel(name: string, { path, ...model }: ModelDeclaration, pipeline: PipelineDeclaration, report: Report): void {
  if (!('made' in model)) return
  const { noise, precondition, output } = model.made
  const { noise: wants } = instantiate<Preconditioning>(precondition)
  if (wants === 'with' && noise === undefined) report('model_noise', precondition.path, `${precondition.unit.name} is for models with noise levels, and ${name} has none`, 'Declare noise, or take gaussian_tilt or none.')
  if (wants === 'without' && noise !== undefined) report('model_noise', precondition.path, `${precondition.unit.name} is for models without noise levels`, 'Leave noise out, or take edm or none.')
  for (const part of [...pipeline.streams.values()].flatMap(partsOf)) {
    if (!isEntry(part) || !modelsOf(part).includes(name)) continue
    const { name: operator } = part.unit
    if (operator === 'perturb' && noise === undefined) report('model_noise', part.path, `model ${name} has no noise to perturb with`, undefined, 'key')
    if (operator !== 'perturb' && noise !== undefined) report('model_noise', part.path, `model ${name} is of noised data: perturb brings rows to it, not ${operator}`, `Put perturb in its place, or leave out models.${name}.noise.`, 'key')
    if (operator === 'contrast' && output !== 'energy') report('loss_needs', part.path, `contrast samples an energy, and model ${name} is a score`, undefined, 'key')
  }
}

function checkCycles(pipeline: PipelineDeclaration, report: Report): void {
  const done = new Set<string>()
  const visit = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) {
      const circle = trail.slice(trail.indexOf(name))
      if (!circle.some((one) => done.has(one))) report('pipeline_cycle', ['streams', name], `streams run in a circle: ${[...circle, name].join(' → ')}`, undefined, 'key')
      circle.forEach((one) => done.add(one))
      return
    }
    if (done.has(name)) return
    for (const input of inputsOf(name, pipeline)) visit(input, [...trail, name])
    done.add(name)
  }
  for (const name of pipeline.streams.keys()) visit(name, [])
}

function checkTrainers(pipeline: PipelineDeclaration, report: Report): void {
  const trainers = new Map<string, PartDeclaration>()
  for (const part of [...pipeline.streams.values()].flatMap(partsOf)) {
    if (part.unit.name !== 'optimize') continue
    const [name = ''] = modelsOf(part)
    if (trainers.has(name)) report('model_taken', [...part.path, 'model'], `model ${name} has another optimize`)
    if (pipeline.models.has(name) && !('made' in (pipeline.models.get(name) ?? {}))) {
      report('pipeline_order', [...part.path, 'model'], `model ${name} is loaded; training goes on from a loaded model by its file alone when it is declared with net and noise`, '')
    }
    trainers.set(name, part)
  }
  const used = [...pipeline.streams.values()].flatMap((declared) => ('sample' in declared ? [declared.sample] : []))
  for (const part of used) {
    const [name] = modelsOf(part)
    const declared = name === undefined ? undefined : pipeline.models.get(name)
    if (declared !== undefined && 'made' in declared && !trainers.has(name as string)) {
      report('pipeline_untrained', [...part.path, 'model'], `model ${name} is never trained: no stream has an optimize for it`)
    }
  }
}

/** Streams that lead nowhere do not run; a pipeline without any output does nothing. */
function checkIdle(pipeline: PipelineDeclaration, report: Report): void {
  const used = new Set<string>()
  const use = (name: string): void => {
    const declared = pipeline.streams.get(name)
    if (declared === undefined || used.has(name)) return
    used.add(name)
    inputsOf(name, pipeline).forEach(use)
  }
  pipeline.outputs.forEach((output) => 'from' in output && use(output.from))
  for (const [name, declared] of pipeline.streams) if (declared.through.some(({ unit }) => unit.name === 'optimize')) use(name)
  for (const [name, { path }] of pipeline.streams) {
    if (!used.has(name)) report('pipeline_idle', path, `stream ${name} has no output and trains nothing: it does not run`, undefined, 'key', 'warning')
  }
}
