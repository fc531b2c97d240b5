/** What the stage shows, in words and numbers: what a point is, the step, the noise level. */
import { count, short } from '../../view/amounts.ts'
import type { GraphStream } from '../../../pipelines/graph.ts'
import { byId, h, setText } from '../dom.ts'

export interface Facts {
  readonly stream: string
  readonly step: number | undefined
  readonly steps: number | undefined
  /** Number of the noise level, from 0, and σ of all levels. */
  readonly level: number | undefined
  readonly levels: readonly number[] | undefined
  readonly rows: number
  readonly chains: number | undefined
  readonly is_images: boolean
  readonly is_density: boolean
  readonly has_terrain: boolean
  readonly sample: GraphStream['sample']
}

export function showFacts(facts: Facts): void {
  setText(byId('caption'), captionOf(facts))
  const { step, steps, level, levels, rows, chains } = facts
  setText(byId('fact-step'), step === undefined ? '–' : `${grouped(step)}${steps === undefined ? '' : ` / ${grouped(steps)}`}`)
  setText(byId('fact-rows'), chains === undefined || chains <= rows ? grouped(rows) : `${grouped(rows)} of ${count(chains)}`)
  setText(byId('fact-rows-name'), chains === undefined ? 'Rows shown' : 'Chains shown')
  byId('level').hidden = level === undefined
  if (level === undefined) return
  const sigma = levels?.[level]
  setText(byId('fact-level'), `${level + 1}${levels === undefined ? '' : ` of ${levels.length}`}`)
  setText(byId('fact-sigma'), sigma === undefined ? '' : `σ ${short(sigma)}`)
  showLadder(level, levels?.length ?? 0)
}

function captionOf({ is_images, is_density, has_terrain, rows, chains, sample, stream }: Facts): string {
  const what = sample === undefined ? `rows of ${stream}` : 'chains'
  const of = sample === undefined ? '' : ` of ${sample.parts.sampler ?? 'the sampler'} on ${sample.parts.energy ?? sample.model ?? 'the model'}`
  const number = count(chains ?? rows)
  if (is_images) return `Each image is one of ${number} ${what}${of}, as it is now.`
  if (is_density) return `The stronger the colour, the more of ${count(rows)} ${what}${of} are there.`
  return `Each point is one of ${number} ${what}${of}.${has_terrain ? ' The lines are heights of the energy; points gather in the valleys.' : ''}`
}

const grouped = (value: number): string => value.toLocaleString('en-US').replaceAll(',', '\u2009')

/** A rung for each level; those that were passed are dim. */
function showLadder(level: number, levels: number): void {
  const ladder = byId('ladder')
  const most = Math.min(levels, 60)
  if (ladder.childElementCount !== most) ladder.replaceChildren(...Array.from({ length: most }, () => h('i')))
  const at = levels <= 1 ? 0 : Math.round((level * (most - 1)) / (levels - 1))
  for (const [i, rung] of [...ladder.children].entries()) rung.className = i === at ? 'now' : i < at ? 'past' : ''
}
