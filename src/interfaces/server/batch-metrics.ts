/**
 * Metrics that stand in the newest batch of a stream, looked up when they are asked for.
 *
 * Of particles: means over the chains. Of health: each measure, by variable.
 */
import type { RecordBatch } from 'apache-arrow'
import { Gauge, type Registry } from 'prom-client'
import { numbersOf } from '../../streams/arrow/numbers.ts'
import { columnOf, hasColumn } from '../../streams/arrow/read.ts'
import type { Hub } from '../../streams/taps/index.ts'

const OF_CHAINS = {
  energy: ['heatbath_energy', 'Energy of the chains in the newest batch: their mean.'],
  is_accepted: ['heatbath_acceptance_rate', 'Share of the chains in the newest batch that accepted.'],
  is_divergent: ['heatbath_divergent_rate', 'Share of the chains in the newest batch that diverged.'],
} as const

const OF_VARIABLES = {
  mean: ['heatbath_variable_mean', 'Mean of a variable, over all chains and steps so far.'],
  sd: ['heatbath_variable_sd', 'Its standard deviation.'],
  r_hat: ['heatbath_r_hat', 'R-hat of a variable.'],
  ess_bulk: ['heatbath_ess_bulk', 'Effective sample size of a variable, in the bulk.'],
  ess_tail: ['heatbath_ess_tail', 'Its effective sample size in the tails.'],
} as const

export function addBatchMetrics(hub: Hub, registers: Registry[]): void {
  for (const [column, [name, help]] of Object.entries(OF_CHAINS)) {
    void new Gauge({
      name, help, registers, labelNames: ['stream'],
      collect() {
        for (const [stream, batch] of newest(hub, 'chain', column)) {
          const mean = meanOf(numbers(batch, column))
          if (mean !== undefined) this.set({ stream }, mean)
        }
      },
    })
  }
  for (const [column, [name, help]] of Object.entries(OF_VARIABLES)) {
    void new Gauge({
      name, help, registers, labelNames: ['stream', 'variable'],
      collect() {
        for (const [stream, batch] of newest(hub, 'variable', column)) {
          const [values, variables] = [numbers(batch, column), batch.getChild('variable')]
          for (let row = 0; row < batch.numRows; row++) {
            const value = values[row] as number
            if (Number.isFinite(value)) this.set({ stream, variable: String(variables?.get(row)) }, value)
          }
        }
      },
    })
  }
}

/** The newest batches of streams that have both columns. */
const newest = (hub: Hub, ...columns: readonly string[]): [string, RecordBatch][] =>
  hub.streams().flatMap(({ name }) => {
    const batch = hub.newest(name)
    return batch !== undefined && columns.every((column) => hasColumn(batch, column)) ? [[name, batch]] : []
  })

const numbers = (batch: RecordBatch, column: string): ArrayLike<number> => numbersOf(columnOf(batch, column))?.values ?? []

/** Of those that are finite; undefined if none is. */
function meanOf(values: ArrayLike<number>): number | undefined {
  let [sum, count] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    sum += value
    count++
  }
  return count === 0 ? undefined : sum / count
}
