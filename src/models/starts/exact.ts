/**
 * Independent draws of the target itself, for energies that have them: chains begin in equilibrium.
 * Errors: start_unknown for a target that cannot be drawn from.
 */
import { z } from 'zod'
import { defineStart, exactDraws, type DrawnStart } from './contract.ts'

export const exactStart = defineStart({
  name: 'exact',
  summary: 'Independent draws of the energy\'s own distribution, where they can be had.',
  config: z.strictObject({}),
  example: 'start: exact',
  reference: 'Geweke 2004 (tests by exact draws), https://doi.org/10.1198/016214504000001132',
  make: (): DrawnStart => ({ needs: 'draws', draw: exactDraws }),
})
