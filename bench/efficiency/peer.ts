/** Draws of BlackJAX's NUTS, by peers/nuts_peer.py. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Drawn, Size } from './runs.ts'

/** A line of the script for each seed. */
interface Report {
  readonly peer: string
  readonly gradients: number
  readonly acceptance_rate: number
}

/** Of the seeds 1 to `seeds`. The script prints what they cost and leaves the draws in a file: float32, [seeds, dim, chains, draws]. */
export async function drawnByPeer(python: string, script: string, target: string, size: Size, seeds: number): Promise<(Drawn & Report)[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'heatbath-bench-'))
  try {
    const file = path.join(folder, 'draws.f32')
    const numbers = [size.chains, size.warm_up, size.draws, seeds].map(String)
    const { status, stdout } = spawnSync(python, [script, target, ...numbers, file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    if (status !== 0) throw new Error(`${script} ended with ${status}`)
    const draws = new Float32Array(new Uint8Array(await readFile(file)).buffer) // a copy, aligned
    const each = draws.length / seeds
    return stdout.trim().split('\n').map((line, i) => ({ ...(JSON.parse(line) as Report), values: draws.subarray(i * each, (i + 1) * each) }))
  } finally {
    await rm(folder, { recursive: true })
  }
}
