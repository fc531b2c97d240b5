/** A sampler and what it is to sample: an energy or a model, and as much of it as the sampler needs. */
import type { Adaptation } from '../../models/adaptations/contract.ts'
import type { DataEnergy, Energy } from '../../models/energies/contract.ts'
import type { Sampler } from '../../models/samplers/contract.ts'
import { misfitAt, misfitOf, startFault, type Offered } from '../../models/samplers/fit.ts'
import type { Start } from '../../models/starts/contract.ts'
import { densityOfPotential, energyTarget, type SupportBy } from '../../models/target.ts'
import { unmeetable, type Until } from '../../streams/operators/sample/until.ts'
import { isList, modelsOf, type PartDeclaration, type PipelineDeclaration } from '../declaration.ts'
import { stepsOf } from '../expected.ts'
import { trainersOf } from '../plan.ts'
import { attempted, made, namesSubject, type Check, type Report } from './contract.ts'
import { isAutoregressive } from './models.ts'

export const checkSampling: Check = (pipeline, report) => {
  for (const declared of pipeline.streams.values()) if ('sample' in declared) checkSample(declared.sample, pipeline, report)
}

function checkSample(sample: PartDeclaration, pipeline: PipelineDeclaration, report: Report): void {
  const [name] = modelsOf(sample)
  const { sampler, adapt } = sample.parts
  if (!namesSubject(sample, report)) return
  const adaptation = adapt === undefined || isList(adapt) ? undefined : made<Adaptation>(adapt, report)
  if (adapt !== undefined && !isList(adapt) && !(Number(sample.config.burn_in) > 0)) {
    report('pipeline_missing', adapt.path, `${adapt.unit.name} tunes during the burn-in, and there is none: burn_in is missing`, { hint: '', what: 'key' })
  }
  const { follow } = sample.config
  if (follow !== undefined && name === undefined) report('pipeline_value', [...sample.path, 'follow'], 'only a model is followed, while it is trained', { hint: 'Leave follow out, or name a model.', what: 'key' })
  else if (follow !== undefined && trainersOf(name as string, pipeline).length === 0) {
    report('pipeline_untrained', [...sample.path, 'follow'], `no stream trains ${name}: there is nothing to follow`, { hint: 'Leave follow out, or train the model in a stream.', what: 'key' })
  }
  const until = sample.config.until as Until | undefined
  const unmet = until && unmeetable(until, Number(sample.config.chains))
  if (unmet !== undefined) report('pipeline_value', [...sample.path, 'until', 'r_hat'], unmet, { hint: 'Draw more chains, or ask for ess_bulk and ess_tail alone.', what: 'key' })
  if (sampler === undefined || isList(sampler)) return
  const kernel = made<Sampler>(sampler, report)
  if (kernel === undefined) return
  const offered = offeredBy(sample, pipeline, report)
  const misfit = offered === undefined ? misfitAt(Number(sample.config.temperature), kernel, String(name)) : misfitOf(kernel, adaptation, offered.what, offered.name)
  if (misfit !== undefined) report('sampler_needs', sampler.path, `${misfit.sampler} needs ${misfit.need}, which ${misfit.target} does not offer`, { what: 'key' })
  if (offered !== undefined) checkStart(sample, kernel, offered, report)
  const { steps } = stepsOf(sample, pipeline)
  const every = Number(sample.config.every)
  if (steps !== undefined && every > steps) {
    report('pipeline_value', [...sample.path, 'every'], `of ${steps} steps, one in ${every} is none: nothing would be emitted`, { hint: 'Emit more often, or make more steps.', what: 'key' })
  }
  const { numSteps, start } = kernel
  if (start?.is_fixed === true && sample.parts.start !== undefined) {
    report('sampler_start', [...sample.path, 'start'], `${sampler.unit.name} draws its own start, and another one is named`, { what: 'key' })
  }
  if (numSteps === undefined && sample.config.steps === undefined) {
    report('pipeline_missing', sample.path, `steps is missing: ${sampler.unit.name} has no number of steps of its own`, { hint: '', what: 'key' })
  }
  if (numSteps !== undefined && sample.config.steps !== undefined) {
    report('pipeline_value', [...sample.path, 'steps'], `${sampler.unit.name} has a number of steps of its own: those of its levels`, { hint: `Leave steps out; see \`heatbath describe ${sampler.unit.name}\`.`, what: 'key' })
  }
  if (numSteps !== undefined) checkBurnIn(sample, sampler.unit.name, report)
}

/** Of a sampler whose steps lead from one level to the next: more of them would repeat the last. */
function checkBurnIn({ path, config }: PartDeclaration, sampler: string, report: Report): void {
  if (Number(config.burn_in) > 0) report('pipeline_value', [...path, 'burn_in'], `${sampler} has a number of steps of its own, and none before them`, { hint: 'Leave burn_in out.', what: 'key' })
}

function checkStart({ path, parts, config }: PartDeclaration, kernel: Sampler, { what, name }: Subject, report: Report): void {
  const given = parts.start === undefined || isList(parts.start) ? undefined : parts.start
  const start = given === undefined ? kernel.start : made<Start>(given, report)
  const fault = start === undefined || 'stream' in start ? undefined : startFault(start, what, name, Number(config.temperature))
  if (fault !== undefined) report(fault.code, given?.path ?? path, fault.message, { hint: fault.hint, what: 'key' })
}

interface Subject {
  readonly name: string
  readonly what: Offered
}

/** What is sampled, as far as it is known before data are read. */
function offeredBy({ parts: { energy }, ...sample }: PartDeclaration, { models }: PipelineDeclaration, report: Report): Subject | undefined {
  if (energy !== undefined && !isList(energy)) {
    const declared = made<Energy | DataEnergy>(energy, report)
    const what = declared && attempted(energy, report, () => ('data' in declared ? { density: KNOWN, draw: () => undefined } : energyTarget(declared, Number(sample.config.temperature), sample.config.support as SupportBy)))
    return what && { name: energy.unit.name, what }
  }
  const [name = ''] = modelsOf({ ...sample, parts: {} })
  const declared = models.get(name)
  if (declared === undefined || !('made' in declared)) return undefined
  const { output, noise } = declared.made
  return { name, what: { temperature: Number(sample.config.temperature), ...(noise === undefined ? {} : { levels: [] }), ...(output === 'energy' ? { density: KNOWN } : {}), ...(isAutoregressive(declared.made, report) ? statesAt(Number(sample.config.temperature)) : {}) } }
}

/** Of states whose number the data decide: drawn in turn at temperature 1. */
const statesAt = (temperature: number): Pick<Offered, 'discrete' | 'draw'> =>
  (temperature === 1 ? { discrete: { values: [], ancestral: unready }, draw: unready } : { discrete: { values: [] } })

const unready = (): never => {
  throw new TypeError('the model has no parameters yet')
}

/** Of an energy that waits for its data. */
const KNOWN = densityOfPotential(() => {
  throw new TypeError('the energy has no data yet')
})
