/**
 * Effective sample size per gradient of heatbath's NUTS beside that of BlackJAX's: a JSON line per target and seed, then the medians over seeds.
 *
 *   HEATBATH_PEERS=DIR npm run bench-efficiency
 *   npm run bench-efficiency -- eight_schools --seeds 3 --chains 16 --warm-up 1000 --draws 1000
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkDraws, figuresOf, medianOf, ratioOf, type Figures } from './figures.ts'
import { drawnByPeer } from './peer.ts'
import { drawnByUs, type Size } from './runs.ts'
import { targets } from './targets.ts'

const { values, positionals: [only = ''] } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '5' },
    chains: { type: 'string', default: '16' }, // a block of heatbath is of 16 at least: with fewer it would tune by chains that nobody sees
    'warm-up': { type: 'string', default: '1000' },
    draws: { type: 'string', default: '1000' },
  },
})
const seeds = Number(values.seeds)
const size: Size = { chains: Number(values.chains), warm_up: Number(values['warm-up']), draws: Number(values.draws) }
const script = fileURLToPath(new URL('../../bench/peers/nuts_peer.py', import.meta.url))
const python = process.env.HEATBATH_PEERS === undefined ? undefined : path.join(process.env.HEATBATH_PEERS, 'bin/python')
const hasPeer = python !== undefined && existsSync(python)
if (!hasPeer) console.error('HEATBATH_PEERS names no environment with the peers (bench/peers/setup.sh makes one): heatbath alone is measured')

const print = (line: object): void => console.log(JSON.stringify(line, (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)))

for (const target of targets.filter(({ name }) => name.includes(only))) {
  const theirs = hasPeer ? await drawnByPeer(python, script, target.name, size, seeds) : []
  const lines: { readonly heatbath: Figures; readonly blackjax?: Figures }[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    const sides = { heatbath: await drawnByUs(target, size, seed), ...(theirs.length === 0 ? {} : { blackjax: theirs[seed - 1] }) }
    for (const [who, drawn] of Object.entries(sides)) if (drawn !== undefined) checkDraws(who, drawn, target, size)
    const line = { heatbath: figuresOf(sides.heatbath, target.energy.dim, size), ...(sides.blackjax === undefined ? {} : { blackjax: figuresOf(sides.blackjax, target.energy.dim, size) }) }
    lines.push(line)
    print({ target: target.name, ...size, seed, ...line, ...ratioOf(line) })
  }
  const blackjax = lines.flatMap((line) => line.blackjax ?? [])
  const medians = { heatbath: medianOf(lines.map(({ heatbath }) => heatbath)), ...(blackjax.length === 0 ? {} : { blackjax: medianOf(blackjax) }) }
  print({ target: target.name, ...size, seeds, ...medians, ...ratioOf(medians) })
}
process.exit() // the engine's worker waits for more
