/** The fields of `sample`, in a pipeline and in code. */
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import { z } from 'zod'
import type { Adaptation } from '../../../models/adaptations/contract.ts'
import type { Energy } from '../../../models/energies/contract.ts'
import type { DrawnStart } from '../../../models/starts/contract.ts'
import { nameOf, type Declared } from '../../../unit.ts'
import type { Origin } from '../../arrow/schemas.ts'
import type { Model } from '../../model.ts'
import { drawing, running } from '../options.ts'
import { UntilConfig } from './until.ts'

export const Config = z.strictObject({
  model: nameOf('model', 'The model to sample, once it is trained; or give an energy.').optional(),
  temperature: z.number().positive().default(1).meta({ description: 'τ of the energy; a score is divided by it. 1 for samplers that reverse the noising: ddim, dpm_solver, probability_flow, reverse_sde, predictor_corrector.' }),
  classes: z.union([z.literal('all'), z.array(z.union([z.string(), z.number(), z.boolean()])).nonempty()]).optional().meta({ description: 'Classes of the model that chains draw, by turns: a list, or all; of no class in particular unless given.' }),
  guidance: z.number().nonnegative().default(1).meta({ description: 'w: how far chains are drawn towards their class and away from the others; 1 draws the class as it was learnt.' }),
  chains: z.int().positive().max(2 ** 32 - 1).meta({ description: 'Number of independent chains.' }),
  steps: z.int().positive().optional().meta({ description: 'Transitions of each chain after the burn-in; the sampler\'s own number where it has one.' }),
  burn_in: z.int().nonnegative().default(0).meta({ description: 'Transitions before those, which are not emitted; none for a sampler with a number of steps of its own.' }),
  support: z.enum(['transform', 'reject']).default('transform').meta({ description: 'What becomes of coordinates that are bounded: chains move on the whole line, which is mapped onto their support; or proposals outside are rejected (samplers with a Metropolis test alone).' }),
  every: z.int().positive().default(1).meta({ description: 'Emit every so many steps; a record batch each.' }),
  follow: z.strictObject({
    every: z.int().positive().meta({ description: 'Updates between two snapshots.' }),
  }).optional().meta({ description: 'Samples the model while it is trained: anew from every such snapshot.' }),
  until: UntilConfig.optional().meta({ description: 'Ends once the chains agree and there are enough effective draws, at `steps` at the latest.' }),
})

export const Options = Config.omit({ model: true, follow: true }).extend({
  ...drawing('particles'),
  ...running,
  energy: z.custom<Energy>().optional(),
  model: z.custom<Model>().optional(),
  start: z.custom<Declared<DrawnStart> | Observable<RecordBatch>>().optional(),
  adapt: z.custom<Declared<Adaptation>>().optional(),
  origin: z.custom<Origin>().optional(),
  max_steps_per_call: z.int().positive().optional(),
}).refine(({ energy, model }) => (energy === undefined) !== (model === undefined), { message: 'neither an energy nor a model, or both: give one of the two' })
