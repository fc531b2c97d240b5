/**
 * The partition function of weighted particles, as annealed_importance_sampling and smc emit them.
 *
 *   log Z = log (1/n) Σ w_i,   standard error² = Σ_a (Σ_(i of ancestor a) W_i − 1/n)²,   W = w/Σ w
 *
 * One row for each emitted step, of the level that it made: of the target where beta is 1. Particles that were
 * not resampled are their own ancestors. In reverse beta goes down, w = exp(−reverse_log_weight) estimates 1/Z
 * and log_z of the whole path stands where beta is 0. `ess` is (Σ w)²/Σ w². The error is that of log Z to first
 * order: trust it where ess is large; of resampled particles it is rather too large than too small.
 * Null where a weight is not a number. Memory of one step.
 * Errors: data_column where there is no column log_weight or reverse_log_weight, beta or step.
 */
import type { RecordBatch } from 'apache-arrow'
import { concat, concatMap, defer, type OperatorFunction } from 'rxjs'
import { z } from 'zod'
import { measuredColumn, recordBatch, uint64Column } from '../arrow/columns.ts'
import { readNumbers, type NumberArray } from '../arrow/numbers.ts'
import { hasColumn } from '../arrow/read.ts'
import { PARTITION } from '../arrow/schemas.ts'
import { stepRuns } from '../arrow/steps.ts'
import { defineOperator } from './contract.ts'

export function estimateLogZ(): OperatorFunction<RecordBatch, RecordBatch> {
  return (source) => defer(() => {
    const steps = new Steps()
    return concat(source.pipe(concatMap((batch) => steps.add(batch))), defer(() => steps.end()))
  })
}

export const estimateLogZOperator = defineOperator({
  name: 'estimate_log_z',
  summary: 'Estimates log Z from the weights of particles, with its standard error.',
  config: z.strictObject({}),
  example: 'through: [estimate_log_z]',
  reference: 'Neal 2001, https://doi.org/10.1023/A:1008923215028; Chan & Lai 2013 (the error), https://doi.org/10.1214/13-AOS1164',
  build: () => estimateLogZ(),
})

/** The particles of one step. */
interface Weighted {
  readonly step: number
  readonly beta: number
  readonly is_reverse: boolean
  readonly logWeights: number[]
  readonly ancestors: number[]
}

class Steps {
  #now: Weighted | undefined

  *add(batch: RecordBatch): Generator<RecordBatch> {
    const is_reverse = hasColumn(batch, 'reverse_log_weight')
    const logWeights = readNumbers(batch, is_reverse ? 'reverse_log_weight' : 'log_weight').values
    const betas = readNumbers(batch, 'beta').values
    const ancestors = hasColumn(batch, 'ancestor') ? readNumbers(batch, 'ancestor').values : undefined
    for (const { step, from, to } of stepRuns(batch)) {
      if (step !== this.#now?.step) {
        yield* this.end()
        this.#now = { step, beta: betas[from] as number, is_reverse, logWeights: [], ancestors: [] }
      }
      gather(this.#now, logWeights, ancestors, from, to)
    }
  }

  end(): RecordBatch[] {
    const now = this.#now
    this.#now = undefined
    return now === undefined ? [] : [rowOf(now)]
  }
}

function gather({ logWeights: all, ancestors: of, is_reverse }: Weighted, logWeights: NumberArray, ancestors: NumberArray | undefined, from: number, to: number): void {
  for (let row = from; row < to; row++) {
    of.push(ancestors?.[row] ?? all.length)
    all.push(is_reverse ? -(logWeights[row] as number) : (logWeights[row] as number))
  }
}

function rowOf({ step, beta, is_reverse, logWeights, ancestors }: Weighted): RecordBatch {
  const { log_mean, standard_error, ess } = estimate(logWeights, ancestors)
  const measured = [beta, is_reverse ? -log_mean : log_mean, standard_error, ess]
  return recordBatch(PARTITION, 1, [
    uint64Column(BigUint64Array.of(BigInt(step))),
    ...measured.map((value) => measuredColumn(Float64Array.of(value))),
    uint64Column(BigUint64Array.of(BigInt(logWeights.length))),
  ])
}

/** The log of the mean of weights, with the standard error of that log. */
function estimate(logWeights: readonly number[], ancestors: readonly number[]): { log_mean: number; standard_error: number; ess: number } {
  const n = logWeights.length
  const largest = logWeights.reduce((most, value) => Math.max(most, value), -Infinity) // NaN if one is
  const weights = logWeights.map((value) => Math.exp(value - largest))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const shares = new Map<number, number>()
  weights.forEach((weight, i) => shares.set(ancestors[i] as number, (shares.get(ancestors[i] as number) ?? 0) + weight / total))
  const squares = [...shares.values()].reduce((sum, share) => sum + (share - 1 / n) ** 2, 0)
  return {
    log_mean: largest + Math.log(total / n),
    standard_error: Math.sqrt(squares + (n - shares.size) / n ** 2), // of those without descendants the share is 0
    ess: total ** 2 / weights.reduce((sum, weight) => sum + weight ** 2, 0),
  }
}
