/** Times the cases whose names hold a text, in this process, and prints a JSON line for each. */
import { annealedCases } from './cases/annealed.ts'
import { langevinCases } from './cases/langevin.ts'
import { mcmcCases } from './cases/mcmc.ts'
import { trainCases } from './cases/train.ts'
import { VERSION } from '../src/version.ts'

const [only = ''] = process.argv.slice(2)

for (const { name, units, repeats, call, check } of [...langevinCases, ...mcmcCases, ...trainCases, ...annealedCases]) {
  if (!name.includes(only)) continue
  const first = await timed(() => call(0))
  const seconds: number[] = []
  for (let round = 1; round <= repeats; round++) seconds.push(await timed(() => call(round)))
  check()
  const median = seconds.sort((a, b) => a - b)[repeats >> 1] as number
  console.log(JSON.stringify({
    peer: `heatbath ${VERSION}`, case: name, per_s: units / median, seconds: median, first_call_s: first, rss_mib: process.memoryUsage().rss / 2 ** 20,
  }))
}
process.exit() // the engine's worker waits for more

async function timed(f: () => Promise<void>): Promise<number> {
  const begin = performance.now()
  await f()
  return (performance.now() - begin) / 1000
}
