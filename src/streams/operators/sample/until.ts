/**
 * When enough has been drawn: chains that agree, and effective draws of every variable.
 *
 * Looked at after every `every` emitted steps, whatever a call computes at once: the same declaration
 * ends at the same step. The figures are those of the health stream (operators/diagnose.ts).
 * Errors: config_invalid with a goal that cannot be met.
 */
import type { RecordBatch } from 'apache-arrow'
import { z } from 'zod'
import { fail } from '../../../errors.ts'
import { FOLLOWED_CHAINS, FollowedChains } from '../../followed-chains.ts'

export const UntilConfig = z.strictObject({
  r_hat: z.number().min(1).optional().meta({ description: 'R̂ at most.' }),
  ess_bulk: z.number().positive().optional().meta({ description: 'Effective draws of all chains, for means, at least.' }),
  ess_tail: z.number().positive().optional().meta({ description: 'Effective draws for the quantiles .05 and .95, at least.' }),
  every: z.int().positive().default(100).meta({ description: 'Emitted steps between two looks.' }),
}).refine(({ every: _, ...goals }) => Object.values(goals).some((goal) => goal !== undefined), { message: 'a goal is missing: r_hat, ess_bulk or ess_tail' })

export type Until = z.input<typeof UntilConfig>

/** Why a goal cannot be met by so many chains; undefined if it can. */
export const unmeetable = ({ r_hat }: Until, chains: number): string | undefined =>
  (r_hat !== undefined && chains === 1 ? 'r_hat compares chains, and there is one' : undefined)

export class Goal {
  readonly #goals: z.output<typeof UntilConfig>
  readonly #followed = new FollowedChains(FOLLOWED_CHAINS)
  #steps = 0

  constructor(goals: z.output<typeof UntilConfig>, chains: number) {
    const problem = unmeetable(goals, chains)
    if (problem !== undefined) throw fail('config_invalid', { unit: 'sample', problem: `until: ${problem}` })
    this.#goals = goals
  }

  /** Whether no further step is wanted; takes all batches of one step. */
  isMetBy(batches: readonly RecordBatch[], step: number): boolean {
    for (const batch of batches) this.#followed.add(batch, { step, from: 0, to: batch.numRows })
    this.#followed.endStep()
    const { every, r_hat, ess_bulk = 0, ess_tail = 0 } = this.#goals
    if (++this.#steps % every !== 0) return false
    return this.#followed.variables.every((name) => {
      const figures = this.#followed.figures(name)
      return (r_hat === undefined || figures.r_hat <= r_hat) && figures.ess_bulk >= ess_bulk && figures.ess_tail >= ess_tail // NaN: not yet
    })
  }
}
