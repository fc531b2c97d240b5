/** The health of what samplers draw, against the exact diagnostics of all their draws. */
import type { RecordBatch } from 'apache-arrow'
import { of } from 'rxjs'
import { afterAll, expect, test } from 'vitest'
import { inlineExecutor } from '../../../../src/engine/index.ts'
import type { Draws } from '../../../../src/models/diagnostics/contract.ts'
import { eBfmi } from '../../../../src/models/diagnostics/e-bfmi.ts'
import { essBulk, essTail } from '../../../../src/models/diagnostics/ess.ts'
import { mcseMean } from '../../../../src/models/diagnostics/mcse.ts'
import { rHat } from '../../../../src/models/diagnostics/r-hat.ts'
import { doubleWell } from '../../../../src/models/energies/double-well.ts'
import { gaussian } from '../../../../src/models/energies/gaussian.ts'
import { hmc } from '../../../../src/models/samplers/hmc.ts'
import { langevin } from '../../../../src/models/samplers/langevin.ts'
import { mala } from '../../../../src/models/samplers/mala.ts'
import { nuts } from '../../../../src/models/samplers/nuts.ts'
import { exactStart } from '../../../../src/models/starts/exact.ts'
import { diagnose } from '../../../../src/streams/operators/diagnose.ts'
import { sample, type SampleOptions } from '../../../../src/streams/operators/sample/sample.ts'
import { needs } from '../../../needs.ts'
import { ALPHA, meanP, seed } from '../../../statistics/checks.ts'
import { collected, objectsOf } from '../../batches.ts'
import { column } from './particles.ts'

needs('tensorflow')
const executor = inlineExecutor()
afterAll(() => executor.close())

/** The draws of a variable, chain by chain. */
function drawsOf(batches: readonly RecordBatch[], name: string, chains: number): Draws {
  const values = column(batches, name) as number[]
  const draws = values.length / chains
  return { chains, draws, values: Float64Array.from({ length: values.length }, (_, i) => values[(i % draws) * chains + Math.floor(i / draws)] as number) }
}

// The last number bounds the ratios to the exact figures, less 1: by streamed-draws.ts, for some 500 effective draws or some thousands.
test.each<[string, Parameters<typeof sample>[0], Partial<SampleOptions>, number]>([
  ['langevin on a Gaussian', langevin({ step_size: 0.3 }), { energy: gaussian({ dim: 2 }), chains: 4, steps: 4000, burn_in: 50 }, 0.3],
  ['mala on a double well', mala({ step_size: 0.05 }), { energy: doubleWell({ dim: 1 }), chains: 32, steps: 2000, burn_in: 500 }, 0.6],
  ['hmc on a Gaussian', hmc({ step_size: 0.25, steps: 4 }), { energy: gaussian({ dim: 2 }), chains: 8, steps: 2000, burn_in: 50 }, 0.3],
])('%s: near the exact figures', async (_, sampler, options, bound) => {
  const batches = await collected(sample(sampler, { seed: seed(63), executor, ...options } as SampleOptions))
  const rows = objectsOf(await collected(of(...batches).pipe(diagnose(100))))
  const names = batches[0]?.schema.names.map(String).filter((name) => /^x\d$/.test(name)) ?? []
  for (const name of names) {
    const row = rows.filter(({ variable }) => variable === name).at(-1) as Record<string, number>
    const draws = drawsOf(batches, name, options.chains as number)
    const exact = { r_hat: rHat(draws), ess_bulk: essBulk(draws), ess_tail: essTail(draws), mcse: mcseMean(draws) }
    expect(Math.abs((row.r_hat as number) - exact.r_hat), `r_hat of ${name}`).toBeLessThan(Math.max(0.002, (exact.r_hat - 1) / 5))
    for (const of of ['ess_bulk', 'ess_tail', 'mcse'] as const) {
      expect(Math.abs((row[of] as number) / exact[of] - 1), `${of} of ${name}: ${row[of]}, exact ${exact[of]}`).toBeLessThan(bound)
    }
  }
  expect(names.length).toBeGreaterThan(0)
})

test.each([hmc({ step_size: 0.25, steps: 4 }), nuts({ step_size: 0.5 })])('$is.name tells the total energies that e_bfmi is of', async (sampler) => {
  const chains = 8
  const batches = await collected(sample(sampler, { energy: gaussian({ dim: 2 }), start: exactStart({}), chains, steps: 500, seed: seed(64), executor }))
  const energies = drawsOf(batches, 'total_energy', chains)
  expect((objectsOf(await collected(of(...batches).pipe(diagnose(500)))).at(-1) as Record<string, number>).e_bfmi).toBeCloseTo(Math.min(...eBfmi(energies)), 5)
  expect(meanP(energies.values, 2)).toBeGreaterThan(ALPHA) // half of it kinetic
})
