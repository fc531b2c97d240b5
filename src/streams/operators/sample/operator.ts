/** `sample` as a word of the pipeline language. */
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import type { z } from 'zod'
import type { Adaptation } from '../../../models/adaptations/contract.ts'
import type { DataEnergy, Energy } from '../../../models/energies/contract.ts'
import { modelTarget } from '../../../models/model.ts'
import type { Sampler } from '../../../models/samplers/contract.ts'
import type { DrawnStart, Start } from '../../../models/starts/contract.ts'
import type { Origin } from '../../arrow/schemas.ts'
import type { Declared, Parts } from '../../../unit.ts'
import { partOf, type OperatorContext } from '../contract.ts'
import { givenEnergy } from '../given-energy.ts'
import { Config } from './config.ts'
import { follow } from './follow.ts'
import { schemaOf } from './particle-batches.ts'
import { lastStep, sample, type Sampled } from './sample.ts'
import { modelSubject } from './subject.ts'

export const sampleUnit = {
  name: 'sample',
  summary: 'Draws particles with a sampler from an energy or a model.',
  config: Config,
  parts: [
    { kind: 'energy', field: 'energy', is_optional: true, description: 'The energy to sample; or give a model.' },
    { kind: 'sampler', field: 'sampler', description: 'The Markov kernel.' },
    { kind: 'adaptation', field: 'adapt', is_optional: true, description: 'What tunes the sampler in the burn-in.' },
    { kind: 'start', field: 'start', is_optional: true, description: 'Where chains begin; unless given where the sampler wants, else a Gaussian of unit size, or any state of discrete coordinates.' },
  ],
  example: 'sample: { energy: { double_well: {} }, sampler: { langevin: { step_size: 0.01 } }, chains: 1000, steps: 500 }',
  reference: 'Neal 1993, https://www.cs.toronto.edu/~radford/review.abstract.html',
} as const

export type SampleConfig = z.output<typeof Config>

/** The stream of a declared `sample`. */
export function buildSample(config: SampleConfig, context: OperatorContext, parts: Parts, origin: Origin): Observable<RecordBatch> {
  const { model: name, temperature, support, follow: following, classes, guidance, ...rest } = config
  const choice = { ...(classes === undefined ? {} : { classes }), guidance }
  const { seed, stream, executor, stop, model } = context
  const options = { ...definite(rest), ...startOf(parts, context), ...(parts.adapt === undefined ? {} : { adapt: partOf<Adaptation>(parts, 'adapt') }), seed, stream, executor, stop, origin }
  const sampler = partOf<Sampler>(parts, 'sampler')
  const draw = (sampled: Sampled): Observable<RecordBatch> => sample(sampler, { ...sampled, ...options })
  if (name !== undefined && following !== undefined) {
    const steps = lastStep(sampler, modelTarget(model(name).spec, undefined, temperature), options)
    return follow(model(name), following.every, steps, (snapshot) => draw({ model: snapshot, temperature, ...choice }))
  }
  if (name !== undefined) return draw({ model: model(name), temperature, ...choice })
  const energy = partOf<Energy | DataEnergy>(parts, 'energy')
  return givenEnergy(energy, context, (given) => draw({ energy: given, temperature, support }))
}

/** Before anything is trained: throws data_column for a model whose columns cannot stand beside those of particles, class_unknown for classes that it does not tell apart. */
export function checkSample({ model: name, temperature, classes, guidance }: SampleConfig, parts: Parts, model: OperatorContext['model']): void {
  if (name === undefined) return
  schemaOf(modelSubject(model(name), temperature, { ...(classes === undefined ? {} : { classes }), guidance }), partOf<Sampler>(parts, 'sampler'))
}

function startOf(parts: Parts, { from }: OperatorContext): { readonly start?: Declared<DrawnStart> | Observable<RecordBatch> } {
  if (parts.start === undefined) return {}
  const start = partOf<Start>(parts, 'start')
  return { start: 'stream' in start ? from(start.stream) : start }
}

/** Without the number of steps if it is left to the sampler, and without a goal if there is none. */
const definite = ({ steps, until, ...rest }: Omit<SampleConfig, 'model' | 'temperature' | 'support' | 'follow' | 'classes' | 'guidance'>) =>
  ({ ...rest, ...(steps === undefined ? {} : { steps }), ...(until === undefined ? {} : { until }) })
