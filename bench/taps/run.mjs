/**
 * What watching costs a run: 10 000 chains, every step emitted and written as Parquet; with 20 HTTP
 * clients and 2 of Arrow Flight reading as fast as they can, and the page open in Chromium where the
 * variable CHROMIUM names one, in alternation with nobody.
 *
 *   npm run build && CHROMIUM=$(which chromium) node bench/taps/run.mjs [--rounds 5] [--steps 2000] [--clients 20] [--flights 2] [--idle]
 *
 * Who watches from another machine takes none of this one's processors; to have them take what the
 * run leaves over (SCHED_IDLE, by `chrt`), give `--idle`.
 *
 * Prints a JSON line for each run, then one with medians and ratios. `cpu_s` is the time that the run
 * itself took of the processors: the figure to trust where others use the machine as well.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: {
  rounds: { type: 'string', default: '5' }, steps: { type: 'string', default: '2000' }, clients: { type: 'string', default: '20' }, flights: { type: 'string', default: '2' },
  idle: { type: 'boolean', default: false },
} })
const { CHROMIUM } = process.env
const here = import.meta.dirname
const main = path.resolve(here, '../../dist/interfaces/cli/main.js')
const folder = mkdtempSync(path.join(os.tmpdir(), 'heatbath-bench-taps-'))
writeFileSync(path.join(folder, 'watched.yaml'), `name: watched
seed: 7
streams:
  particles:
    sample:
      energy: { ring_of_gaussians: { modes: 8, radius: 4, scale: 0.5 } }
      sampler: { langevin: { step_size: 0.01 } }
      chains: 10000
      steps: ${values.steps}
outputs:
  - { from: particles, parquet: { path: particles } }
`)

/**
 * @typedef {{ watched: boolean, seconds: number, cpu_s: number, peak_rss_mib: number, sha256: string, clients?: unknown, page?: unknown, healthz?: { p50_ms: number, p99_ms: number } }} Line
 * @typedef {{ url: string, flight: string }} Where
 */

/** @type {(script: string, args: readonly string[], before?: readonly string[]) => Promise<unknown>} */
const beside = (script, args, before = []) => new Promise((resolve) => {
  const [program = '', ...rest] = [...before, process.execPath, path.join(here, script), ...args]
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (data) => (text += String(data)))
  child.on('close', () => resolve(text === '' ? undefined : JSON.parse(text)))
})

/** Processor time and the most memory of a process so far. @type {(pid: number) => { cpu_s: number, peak_rss_mib: number } | undefined} */
function usage(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
    const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    if (Number.isNaN(peak)) return undefined // it has ended, and nobody has taken notice yet
    return { cpu_s: (Number(fields[11]) + Number(fields[12])) / 100, peak_rss_mib: Math.round(peak / 1024) }
  } catch {
    return undefined // it has ended
  }
}

/** One run. @type {(isWatched: boolean) => Promise<Line>} */
async function once(isWatched) {
  const out = path.join(folder, 'run')
  rmSync(out, { recursive: true, force: true })
  const child = spawn(process.execPath, [main, 'run', 'watched.yaml', '--out', out, '--run-id', 'same', '--log-format', 'json', '--port', '0', '--flight-port', '0'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  let used = { cpu_s: NaN, peak_rss_mib: NaN }
  const timer = setInterval(() => (used = usage(/** @type {number} */ (child.pid)) ?? used), 50)
  child.stdout.on('data', (data) => (stdout += String(data)))
  /** @type {Promise<unknown>[]} */
  const others = []
  child.stderr.on('data', (data) => {
    stderr += String(data)
    const begin = stderr.split('\n').find((line) => line.includes('"event":"begin"') && line.endsWith('}'))
    if (begin === undefined || others.length > 0) return
    /** @type {Where} */
    const { url, flight } = JSON.parse(begin)
    others.push(beside('health.mjs', [url]))
    if (!isWatched) return
    const before = values.idle ? ['chrt', '--idle', '0'] : []
    others.push(beside('clients.mjs', [url, flight, values.clients, values.flights], before))
    if (CHROMIUM !== undefined) others.push(beside('page.mjs', [url, CHROMIUM], before))
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(timer)
  if (code !== 0) throw new Error(`the run ended with ${code}: ${stderr}`)
  const { seconds, outputs } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  const [healthz, clients, page] = await Promise.all(others)
  return { watched: isWatched, seconds, ...used, sha256: outputs[0].sha256, healthz: /** @type {NonNullable<Line['healthz']>} */ (healthz), ...(isWatched ? { clients, page } : {}) }
}

/** @type {Line[]} */
const lines = []
for (let round = 0; round < Number(values.rounds); round++) {
  for (const isWatched of round % 2 === 0 ? [false, true] : [true, false]) {
    const line = await once(isWatched)
    lines.push(line)
    console.log(JSON.stringify(line))
  }
}
rmSync(folder, { recursive: true })

/** @type {(isWatched: boolean, of: (line: Line) => number) => number} */
const median = (isWatched, of) => lines.filter(({ watched }) => watched === isWatched).map(of).sort((a, b) => a - b)[Number(values.rounds) >> 1] ?? NaN
/** @type {(of: (line: Line) => number) => { alone: number, watched: number, ratio: number }} */
const both = (of) => {
  const [alone, watched] = [median(false, of), median(true, of)]
  return { alone, watched, ratio: Math.round((watched / alone) * 1000) / 1000 }
}
console.log(JSON.stringify({
  case: `taps/10000x2x${values.steps}/${values.clients}+${values.flights}${CHROMIUM === undefined ? '' : '+page'}${values.idle ? '/idle' : ''}`, machine: `${os.cpus()[0]?.model}, ${os.availableParallelism()} threads`, node: process.version,
  seconds: both(({ seconds }) => seconds), cpu_s: both(({ cpu_s }) => cpu_s), peak_rss_mib: both(({ peak_rss_mib }) => peak_rss_mib),
  healthz_p99_ms: both(({ healthz }) => healthz?.p99_ms ?? NaN), is_identical: new Set(lines.map(({ sha256 }) => sha256)).size === 1, load: os.loadavg()[0],
}))
