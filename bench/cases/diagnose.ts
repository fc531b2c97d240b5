/** What watching costs: a run of the ring with its health diagnosed, beside the same run without. */
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import { diagnose, langevin, ringOfGaussians, sample } from '../../src/index.ts'
import { expect, type Case } from '../case.ts'

const ring = ringOfGaussians({ modes: 8, radius: 4, scale: 0.5 })
const chains = 10_000

/** 1000 emitted steps each: all that are made, or every tenth as in pipelines/eight-gaussians.yaml. */
export const diagnoseCases: Case[] = [1, 10].map((every): Case => {
  const steps = 1000 * every
  const run = (seed: number): Observable<RecordBatch> => sample(langevin({ step_size: 1e-2 }), { energy: ring, chains, steps, every, seed })
  let health: RecordBatch | undefined
  return {
    name: `diagnose/ring8/${chains}x2x${steps}/every${every}`,
    units: chains * steps,
    repeats: 7,
    async call(round) {
      health = await last(run(round).pipe(diagnose(100)))
    },
    async baseline(round) {
      await last(run(round))
    },
    check() {
      for (const name of ['r_hat', 'ess_bulk', 'ess_tail', 'mcse']) expect(name, Number(health?.getChild(name)?.get(0)), 1e-6, 1e7)
      expect('r_hat', Number(health?.getChild('r_hat')?.get(0)), 0.99, 20)
    },
  }
})

const last = (stream$: Observable<RecordBatch>): Promise<RecordBatch | undefined> => new Promise((resolve, reject) => {
  let batch: RecordBatch | undefined
  stream$.subscribe({ next: (value) => (batch = value), error: reject, complete: () => resolve(batch) })
})
