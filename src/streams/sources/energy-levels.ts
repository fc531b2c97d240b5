/**
 * How full the levels of a system are at several temperatures.
 *
 *   p_i = exp(−ε_i/τ) / Σ_j exp(−ε_j/τ)
 *
 * Cold, the lowest level has all; hot, all have the same; at a negative temperature the highest are
 * the fuller ones. Columns: level uint32, from 0; energy, temperature, probability float64. A row
 * for each level of each temperature, a batch for each temperature.
 */
import { Field, Float64, Schema, Uint32, type RecordBatch } from 'apache-arrow'
import { z } from 'zod'
import { populations } from '../../models/energy-levels.ts'
import { float64Column, recordBatch, uint32Column } from '../arrow/columns.ts'
import { fromPull } from '../pull.ts'
import { defineSource } from './contract.ts'

const Config = z.strictObject({
  energies: z.array(z.number()).min(1).max(10_000).meta({ description: 'ε of each level.' }),
  temperatures: z.array(z.number().refine((temperature) => temperature !== 0, { message: 'a temperature is not 0' })).min(1).max(1000)
    .meta({ description: 'Each τ, k_B T; may be negative.' }),
})

const SCHEMA = new Schema([new Field('level', new Uint32(), false), ...['energy', 'temperature', 'probability'].map((name) => new Field(name, new Float64(), false))])

export const energyLevels = defineSource({
  name: 'energy_levels',
  summary: 'Boltzmann probabilities of discrete energy levels at several temperatures.',
  config: Config,
  example: 'source: { energy_levels: { energies: [0, 1, 2, 3], temperatures: [0.5, 1, 5] } }',
  reference: 'Jaynes 1957, https://doi.org/10.1103/PhysRev.106.620',
  open({ energies, temperatures }, { limit = Infinity }) {
    const count = Math.min(limit, temperatures.length * energies.length)
    return {
      rows$: fromPull(function* () {
        for (const [i, temperature] of temperatures.entries()) {
          const size = Math.min(energies.length, count - i * energies.length)
          if (size > 0) yield batchAt(temperature, energies).slice(0, size)
        }
      }),
      schema: () => Promise.resolve(SCHEMA),
      numRows: () => Promise.resolve(count),
      can_replay: true,
    }
  },
})

const batchAt = (temperature: number, energies: readonly number[]): RecordBatch => recordBatch(SCHEMA, energies.length, [
  uint32Column(Uint32Array.from(energies.keys())),
  ...[energies, energies.map(() => temperature), populations(energies, temperature)].map((values) => float64Column(Float64Array.from(values))),
])
