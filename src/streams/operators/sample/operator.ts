/** `sample` as a word of the pipeline language. */
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import { z } from 'zod'
import type { Energy } from '../../../models/energies/contract.ts'
import type { Sampler } from '../../../models/samplers/contract.ts'
import type { Start } from '../../../models/starts/contract.ts'
import type { Origin } from '../../arrow/schemas.ts'
import { nameOf, type Parts } from '../../../unit.ts'
import { partOf, type OperatorContext } from '../contract.ts'
import { sample } from './sample.ts'

const Config = z.strictObject({
  model: nameOf('model', 'The model to sample, once it is trained; or give an energy.').optional(),
  temperature: z.number().positive().default(1).meta({ description: 'τ of an energy.' }),
  chains: z.int().positive().max(2 ** 32 - 1).meta({ description: 'Number of independent chains.' }),
  steps: z.int().positive().optional().meta({ description: 'Transitions of each chain after the burn-in; the sampler\'s own number where it has one.' }),
  burn_in: z.int().nonnegative().default(0).meta({ description: 'Transitions before those, which are not emitted.' }),
  every: z.int().positive().default(1).meta({ description: 'Emit every so many steps; a record batch each.' }),
})

export const sampleUnit = {
  name: 'sample',
  summary: 'Draws particles with a sampler from an energy or a model.',
  config: Config,
  parts: [
    { kind: 'energy', field: 'energy', is_optional: true, description: 'The energy to sample; or give a model.' },
    { kind: 'sampler', field: 'sampler', description: 'The Markov kernel.' },
    { kind: 'start', field: 'start', is_optional: true, description: 'Where chains begin; a Gaussian of the scale that the sampler wants unless given.' },
  ],
  example: 'sample: { energy: { double_well: {} }, sampler: { langevin: { step_size: 0.01 } }, chains: 1000, steps: 500 }',
  reference: 'Neal 1993, https://www.cs.toronto.edu/~radford/review.abstract.html',
} as const

export type SampleConfig = z.output<typeof Config>

/** The stream of a declared `sample`. */
export function buildSample(config: SampleConfig, { model, seed, stream, executor, stop }: OperatorContext, parts: Parts, origin: Origin): Observable<RecordBatch> {
  const { model: name, temperature, steps, ...rest } = config
  const subject = name === undefined ? { energy: partOf<Energy>(parts, 'energy'), temperature } : { model: model(name) }
  return sample(partOf<Sampler>(parts, 'sampler'), {
    ...subject,
    ...rest,
    ...(steps === undefined ? {} : { steps }),
    ...(parts.start === undefined ? {} : { start: partOf<Start>(parts, 'start') }),
    seed, stream, executor, stop, origin,
  })
}
