/**
 * Health of a stream of particles: what all chains have done since the start.
 *
 * Gives one row per variable after every `every` emitted steps (when the next step begins) and at
 * the end: mean and standard deviation over all chains and emitted steps, a list variable (an image)
 * as one over all its coordinates; the share of accepted transitions, or the mean of the sampler's
 * acceptance_rate where it has one; how many rows were divergent. Values that are not finite count
 * in none of the means.
 *
 * r_hat, ess_bulk, ess_tail and mcse (of the mean) are of `chains` of the chains, evenly spread, the
 * effective sizes and the error scaled to all of them; of a list, the worst of 16 of its coordinates. A
 * chain with a value that is not finite is left out. They are the exact ones of the emitted steps so
 * far (rank-normalised, of halves) for the first 2048 draws of those chains, then ones that need no
 * draws (models/diagnostics/streaming/streamed-draws.ts says how near they come): null below four
 * steps, r_hat also with one chain. e_bfmi is the smallest of those chains, where the sampler has a
 * column total_energy and every step is in the stream.
 *
 * Constant memory. Errors: data_column where there is no column `step`.
 */
import { DataType, type Data, type RecordBatch } from 'apache-arrow'
import { concat, concatAll, defer, filter, map, type OperatorFunction } from 'rxjs'
import { z } from 'zod'
import type { Convergence } from '../../models/diagnostics/streaming/streamed-draws.ts'
import { parseConfig } from '../../unit.ts'
import { countBits, exactBits, validBits } from '../arrow/bits.ts'
import { measuredColumn, recordBatch, uint64Column, utf8Column } from '../arrow/columns.ts'
import { readNumbers } from '../arrow/numbers.ts'
import { columnOf, hasColumn } from '../arrow/read.ts'
import { HEALTH, variablesOf } from '../arrow/schemas.ts'
import { stepRuns, type StepRows } from '../arrow/steps.ts'
import { FOLLOWED_CHAINS, FollowedChains } from '../followed-chains.ts'
import { Moments } from '../moments.ts'
import { defineOperator } from './contract.ts'

const Config = z.strictObject({
  every: z.int().positive().default(100).meta({ description: 'Emitted steps between two reports.' }),
  chains: z.int().positive().default(FOLLOWED_CHAINS).meta({ description: 'Chains that r_hat, mcse and the effective sizes are taken of.' }),
})

export function diagnose(every: number, chains = FOLLOWED_CHAINS): OperatorFunction<RecordBatch, RecordBatch> {
  parseConfig('diagnose', Config, { every, chains })
  return (source) => defer(() => {
    const health = new Health(every, new FollowedChains(chains))
    const reports$ = source.pipe(map((batch) => health.add(batch)), filter((reports) => reports.length > 0)) // no observable for a batch without
    return concat(reports$, defer(() => [health.rest()])).pipe(concatAll())
  })
}

export const diagnoseOperator = defineOperator({
  name: 'diagnose',
  summary: 'Reports how the chains of a particle stream are doing.',
  config: Config,
  example: 'through: [{ diagnose: { every: 100 } }]',
  reference: 'Vehtari et al. 2021, https://doi.org/10.1214/20-BA1221',
  build: ({ every, chains }) => diagnose(every, chains),
})

/** Of batches that wait to be looked at, about: several at once cost less, as what is fetched from memory for one serves the next. */
const WAITING_BYTES = 2 ** 22

class Health {
  readonly #every: number
  readonly #followed: FollowedChains
  readonly #variables = new Map<string, Moments>()
  readonly #acceptance = new Moments()
  #accepted = 0
  #tested = 0
  #divergent = 0
  /** Rows that came in and were not looked at; how many, and how many may be there. */
  #waiting: StepRows[] = []
  #rows = 0
  #most = 0
  /** The last step that was looked at. */
  #seen = NaN
  /** The last step that came in, and how many there were. */
  #step = NaN
  #steps = 0

  constructor(every: number, followed: FollowedChains) {
    this.#every = every
    this.#followed = followed
  }

  /** The reports that are due before the steps that begin in a batch. */
  add(batch: RecordBatch): RecordBatch[] {
    const reports: RecordBatch[] = []
    for (const run of stepRuns(batch)) {
      if (run.step !== this.#step) {
        if (this.#steps > 0 && this.#steps % this.#every === 0) reports.push(this.#report())
        this.#step = run.step
        this.#steps++
      }
      this.#waiting.push({ batch, ...run })
    }
    this.#rows += batch.numRows
    this.#most ||= WAITING_BYTES / (batch.data.byteLength / batch.numRows) // 0 or NaN of an empty batch
    if (!(this.#rows < this.#most)) this.#look()
    return reports
  }

  rest(): RecordBatch[] {
    return this.#steps === 0 ? [] : [this.#report()]
  }

  /** Takes in all that waits. */
  #look(): void {
    for (const piece of this.#waiting) {
      const { batch, step, from, to } = piece
      if (step !== this.#seen) this.#followed.endStep()
      this.#seen = step
      for (const { name, values, size } of variablesOf(batch)) this.#moments(name).add(values, from * size, to * size)
      if (hasColumn(batch, 'acceptance_rate')) this.#acceptance.add(readNumbers(batch, 'acceptance_rate').values, from, to)
      this.#count(bools(batch, 'is_accepted'), bools(batch, 'is_divergent'), from, to)
      this.#followed.add(batch, piece)
    }
    this.#waiting = []
    this.#rows = 0
  }

  #moments(variable: string): Moments {
    let moments = this.#variables.get(variable)
    if (moments === undefined) {
      moments = new Moments()
      this.#variables.set(variable, moments)
    }
    return moments
  }

  #count(accepted: Data | undefined, divergent: Data | undefined, from: number, to: number): void {
    if (divergent !== undefined) this.#divergent += ones(divergent, from, to).ones
    if (accepted === undefined || accepted.nullCount === accepted.length) return
    const counted = ones(accepted, from, to)
    this.#accepted += counted.ones
    this.#tested += counted.valid
  }

  /** Of all steps that came in, each of them whole. */
  #report(): RecordBatch {
    this.#look()
    this.#followed.endStep()
    const names = [...this.#variables.keys()]
    const moments = [...this.#variables.values()]
    const rows = names.length
    const every = (value: number): Data => measuredColumn(new Float64Array(rows).fill(value))
    const figures = names.map((name) => this.#followed.figures(name))
    const each = (of: keyof Convergence): Data => measuredColumn(Float64Array.from(figures, (row) => row[of]))
    const rate = this.#acceptance.count > 0 ? this.#acceptance.mean : this.#accepted / this.#tested // NaN without tests
    return recordBatch(HEALTH, rows, [
      uint64Column(new BigUint64Array(rows).fill(BigInt(this.#step))),
      utf8Column(names),
      measuredColumn(Float64Array.from(moments, ({ mean }) => mean)),
      measuredColumn(Float64Array.from(moments, ({ sd }) => sd)),
      each('mcse'), each('r_hat'), each('ess_bulk'), each('ess_tail'),
      every(rate),
      every(this.#followed.e_bfmi),
      uint64Column(new BigUint64Array(rows).fill(BigInt(this.#divergent))),
    ])
  }
}

const bools = (batch: RecordBatch, name: string): Data | undefined => {
  const data = hasColumn(batch, name) ? columnOf(batch, name) : undefined
  return data !== undefined && DataType.isBool(data.type) ? data : undefined
}

/** Of the rows from `from` to `to`: how many are not null, and how many of those are true. */
function ones(data: Data, from: number, to: number): { valid: number; ones: number } {
  const part = from === 0 && to === data.length ? data : data.slice(from, to - from)
  const [bits, valid] = [exactBits(part.values as Uint8Array, part.offset, part.length), validBits(part)]
  if (valid === undefined) return { valid: part.length, ones: countBits(bits, part.length) }
  return { valid: countBits(valid, part.length), ones: countBits(bits.map((byte, i) => byte & (valid[i] as number)), part.length) }
}
