/** Draws of heatbath's NUTS, adapted in windows, and what they cost. */
import type { RecordBatch } from 'apache-arrow'
import { nuts, sample, windows } from '../../src/index.ts'
import { readNumbers } from '../../src/streams/arrow/numbers.ts'
import { variableFields } from '../../src/streams/arrow/schemas.ts'
import type { Measured } from './targets.ts'

export interface Size {
  readonly chains: number
  /** Steps of the burn-in. */
  readonly warm_up: number
  /** Of each chain. */
  readonly draws: number
}

/** What a side drew with one seed. */
export interface Drawn {
  /** [dim, chains, draws] */
  readonly values: Float32Array
  /** Leapfrog steps of all draws, each of which takes one gradient. */
  readonly gradients: number
  readonly acceptance_rate: number
}

export async function drawnByUs({ energy }: Measured, { chains, warm_up, draws }: Size, seed: number): Promise<Drawn> {
  const { dim } = energy
  const values = new Float32Array(dim * chains * draws)
  let [at, gradients, accepted] = [0, 0, 0]
  const take = (batch: RecordBatch): void => {
    let coordinate = 0
    for (const { name } of variableFields(batch.schema)) {
      const { values: column, size } = readNumbers(batch, name)
      for (let k = 0; k < size; k++, coordinate++) {
        for (let chain = 0; chain < chains; chain++) values[(coordinate * chains + chain) * draws + at] = column[chain * size + k] as number
      }
    }
    gradients += sum(readNumbers(batch, 'num_leapfrogs').values)
    accepted += sum(readNumbers(batch, 'acceptance_rate').values)
    at++
  }
  await sample(nuts({}), { energy, chains, steps: draws, burn_in: warm_up, adapt: windows({ target_acceptance: 0.8 }), seed }).forEach(take)
  if (at !== draws) throw new Error(`${at} batches came of ${draws} draws`)
  return { values, gradients, acceptance_rate: accepted / (chains * draws) }
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0)
