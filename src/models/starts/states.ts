/**
 * Discrete coordinates, each uniformly one of its values.
 * Errors: sampler_needs for a target whose coordinates are real numbers.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { drawStates } from '../discrete-states.ts'
import { defineStart } from './contract.ts'

export const statesStart = defineStart({
  name: 'states',
  summary: 'Each discrete coordinate uniformly one of its values.',
  config: z.strictObject({}),
  example: 'start: states',
  reference: 'Geman & Geman 1984, https://doi.org/10.1109/TPAMI.1984.4767596',
  make: () => ({
    needs: 'states',
    draw(key, shape, { discrete, name }) {
      if (discrete === undefined) throw fail('sampler_needs', { sampler: 'the start states', need: 'discrete coordinates', target: name ?? 'the target' })
      return drawStates(key, shape, discrete.values)
    },
  }),
})
