/** Runs the cases in alternation with the peers, and reports medians and ratios. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import path from 'node:path'
import { cases } from './cases/index.ts'

interface Line {
  readonly peer: string
  readonly case: string
  readonly per_s: number
  readonly first_call_s?: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, ours: { type: 'boolean', default: false } },
})
const [only = ''] = positionals
const here = path.dirname(fileURLToPath(import.meta.url))
const peersFolder = path.resolve(here, '../../bench/peers')
const python = process.env.HEATBATH_PEERS === undefined ? undefined : path.join(process.env.HEATBATH_PEERS, 'bin/python')
const withPeers = !values.ours && python !== undefined && existsSync(python)
if (!values.ours && !withPeers) console.error('HEATBATH_PEERS names no environment with the peers (bench/peers/setup.sh makes one): heatbath alone is timed')

const timed = cases.filter(({ name }) => name.includes(only))
const scripts = withPeers ? [...new Set(timed.flatMap(({ peer }) => peer ?? []))] : []
const lines: Line[] = []
const collect = (command: string, args: readonly string[]): void => {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 })
  for (const text of stdout.split('\n')) {
    if (!text.startsWith('{')) continue
    console.log(text)
    lines.push(JSON.parse(text) as Line)
  }
}

for (let round = 0; round < Number(values.rounds); round++) {
  collect(process.execPath, [path.join(here, 'one.js'), only])
  for (const script of scripts) collect(python as string, [path.join(peersFolder, script), ...timed.filter(({ peer }) => peer === script).map(({ name }) => name)])
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN
console.error(`\n${'case'.padEnd(40)} ${'heatbath'.padStart(12)} ${'peer'.padStart(12)} ratio  first call`)
for (const name of new Set(lines.map((line) => line.case))) {
  const of = (ours: boolean): Line[] => lines.filter((line) => line.case === name && line.peer.startsWith('heatbath') === ours)
  const [ours, theirs] = [median(of(true).map((l) => l.per_s)), median(of(false).map((l) => l.per_s))]
  const first = median(of(true).map((l) => l.first_call_s ?? NaN))
  console.error(`${name.padEnd(40)} ${ours.toExponential(2).padStart(12)} ${theirs.toExponential(2).padStart(12)} ${(ours / theirs).toFixed(2).padStart(5)}  ${first.toFixed(2)} s`)
}
process.exit() // importing the cases starts the engine
