/** What watching costs: a run of the ring with its health diagnosed, beside the same run without. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { RecordBatch } from 'apache-arrow'
import { identity, type Observable } from 'rxjs'
import { diagnose, drain, FanOut, langevin, parquet, ringOfGaussians, sample } from '../../src/index.ts'
import { expect, type Case } from '../case.ts'

const ring = ringOfGaussians({ modes: 8, radius: 4, scale: 0.5 })
const chains = 10_000

/** Drains a stream, its particles also into a Parquet file as pipelines/eight-gaussians.yaml does, or nowhere. */
type Way = (particles$: Observable<RecordBatch>, of: (particles$: Observable<RecordBatch>) => Observable<RecordBatch>) => Promise<RecordBatch | undefined>

const nowhere: Way = (particles$, of) => last(of(particles$))

const toParquet: Way = async (particles$, of) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'heatbath-bench-'))
  try {
    const shared = new FanOut(particles$)
    const ends = [last(of(shared.stream$)), drain(shared.stream$, parquet({ path: 'particles.parquet' }), { folder, name: 'particles', origin: {} })] as const
    shared.connect()
    return (await Promise.all(ends))[0]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** 1000 emitted steps each: all that are made, with and without a file, or every tenth. */
export const diagnoseCases: Case[] = ([[1, toParquet], [1, nowhere], [10, nowhere]] as const).map(([every, way]): Case => {
  const steps = 1000 * every
  const particles = (seed: number): Observable<RecordBatch> => sample(langevin({ step_size: 1e-2 }), { energy: ring, chains, steps, every, seed })
  let health: RecordBatch | undefined
  return {
    name: `diagnose/ring8/${chains}x2x${steps}/every${every}${way === toParquet ? '/parquet' : ''}`,
    units: chains * steps,
    repeats: 7,
    async call(round) {
      health = await way(particles(round), diagnose(100))
    },
    async baseline(round) {
      await way(particles(round), identity)
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
