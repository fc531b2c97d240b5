/** Times the cases whose names hold a text, in this process, and prints a JSON line for each. */
import { cases } from './cases/index.ts'
import { VERSION } from '../src/version.ts'

const [only = ''] = process.argv.slice(2)

for (const { name, units, repeats, prepare, call, baseline, check } of cases) {
  if (!name.includes(only)) continue
  prepare?.()
  const first = await timed(() => call(0))
  await baseline?.(0)
  const [ours, theirs]: [Timing[], Timing[]] = [[], []]
  for (let round = 1; round <= repeats; round++) {
    ours.push(await timed(() => call(round)))
    if (baseline !== undefined) theirs.push(await timed(() => baseline(round)))
  }
  check()
  const seconds = median(ours.map((timing) => timing.seconds))
  const over = (of: keyof Timing): number => median(ours.map((timing, i) => timing[of] / (theirs[i] as Timing)[of])) - 1
  console.log(JSON.stringify({
    peer: `heatbath ${VERSION}`, case: name, per_s: units / seconds, seconds, cpu_s: median(ours.map(({ cpu_seconds }) => cpu_seconds)), first_call_s: first.seconds, rss_mib: process.memoryUsage().rss / 2 ** 20,
    ...(baseline === undefined ? {} : { overhead: over('seconds'), cpu_overhead: over('cpu_seconds') }),
  }))
}
process.exit() // the engine's worker waits for more

interface Timing {
  readonly seconds: number
  /** Of all threads of the process. */
  readonly cpu_seconds: number
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

async function timed(f: () => Promise<void>): Promise<Timing> {
  const [begin, used] = [performance.now(), process.cpuUsage()]
  await f()
  const { user, system } = process.cpuUsage(used)
  return { seconds: (performance.now() - begin) / 1000, cpu_seconds: (user + system) / 1e6 }
}
