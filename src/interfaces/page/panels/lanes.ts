/**
 * The pipeline: a lane for each stream, phase by phase, with its operators from left to right, what
 * passes between them, and how far it is.
 */
import type { GraphModel, GraphNode, GraphStream } from '../../../pipelines/graph.ts'
import type { StreamInfo } from '../../../streams/taps/contract.ts'
import { count } from '../../view/amounts.ts'
import { progressWords } from '../../view/progress-words.ts'
import { doneOf } from '../../view/run-state.ts'
import type { Run } from '../data/run.ts'
import { h, setAttributes, setText } from '../dom.ts'

interface Lane {
  readonly element: HTMLElement
  update(run: Run): void
}

export class Lanes {
  readonly #element: HTMLElement
  #lanes: readonly Lane[] | undefined
  /** The streams that lanes were made for. */
  #made = ''

  constructor(element: HTMLElement) {
    this.#element = element
  }

  update(run: Run): void {
    const made = JSON.stringify([run.graph?.streams.map(({ name }) => name), run.streams.map(({ name }) => name)])
    if (this.#lanes === undefined || made !== this.#made) {
      this.#made = made
      this.#make(run)
    }
    for (const lane of this.#lanes ?? []) lane.update(run)
    for (const [i, phase] of [...this.#element.querySelectorAll('.phase')].entries()) setAttributes(phase, { 'data-now': run.end === undefined && run.state.phase === i + 1 })
  }

  /** A stream stands in the first of its phases; one that no pipeline declares has only its name. */
  #make({ graph, streams }: Run): void {
    const declared = graph?.streams ?? []
    const loose = streams.filter(({ name }) => !declared.some((stream) => stream.name === name)).map(({ name }): GraphStream => ({ name, phases: [1], through: [] }))
    const phases = Math.max(1, graph?.phases.length ?? 1)
    const lanes: Lane[] = []
    this.#element.replaceChildren(
      ...Array.from({ length: phases }, (_, i) => {
        const own = [...declared, ...loose].filter(({ phases: when }) => when[0] === i + 1)
        const made = own.map((stream) => laneOf(stream, graph?.outputs.filter((output) => output.stream === stream.name) ?? []))
        lanes.push(...made)
        const trains = graph?.phases[i]?.trains ?? []
        const title = [phases > 1 ? `Phase ${i + 1}` : '', trains.length > 0 ? `trains ${trains.join(', ')}` : ''].filter((text) => text !== '').join(': ')
        return h('section', { class: 'phase' }, ...(title === '' ? [] : [h('h3', {}, title)]), ...made.map(({ element }) => element))
      }),
      ...(graph === undefined || graph.models.length === 0 ? [] : [h('ul', { class: 'models', 'aria-label': 'Models' }, ...graph.models.map((model) => modelOf(model, graph.outputs.filter((output) => output.model === model.name))))]),
    )
    this.#lanes = lanes
  }
}

function laneOf(stream: GraphStream, outputs: readonly { readonly sink: string; readonly path?: string }[]): Lane {
  const [words, rate, lost] = [h('span', { class: 'words' }), h('span', { class: 'rate' }), h('span', { class: 'lost' })]
  const bar = h('span', { class: 'fill' })
  const rates = new Map<number, HTMLElement>()
  const chip = (node: GraphNode, part: number): HTMLElement => {
    const passed = h('span', { class: 'passed' })
    rates.set(part, passed)
    return h('li', { class: 'chip' }, h('span', { class: 'name' }, node.name), ...detailOf(node), passed)
  }
  const head = stream.source ?? stream.sample
  const chips: HTMLElement[] = [
    ...(stream.from === undefined ? [] : [h('li', { class: 'chip from' }, h('span', { class: 'name' }, stream.from))]),
    ...(head === undefined ? [] : [head === stream.sample ? loopOf([chip(head, 0)]) : chip(head, 0)]),
    ...inLoops(stream.through, chip),
    ...outputs.map(({ sink, path }) => h('li', { class: 'chip sink' }, h('span', { class: 'name' }, path ?? sink), ...(path === undefined ? [] : [h('span', { class: 'detail' }, sink)]))),
  ]
  const dot = h('span', { class: 'dot', 'aria-hidden': 'true' })
  const state = h('span', { class: 'visually-hidden' })
  const element = h('article', { class: 'lane' },
    h('header', {}, dot, h('h4', {}, stream.name), state, rate, words, lost),
    ...(chips.length === 0 ? [] : [h('ol', { class: 'chips', 'aria-label': `Operators of ${stream.name}` }, ...chips)]),
    h('div', { class: 'bar', 'aria-hidden': 'true' }, bar))
  return { element, update: (run) => update(run, stream, { element, words, rate, lost, bar, state, rates }) }
}

interface Parts {
  readonly element: HTMLElement
  readonly words: HTMLElement
  readonly rate: HTMLElement
  readonly lost: HTMLElement
  readonly bar: HTMLElement
  readonly state: HTMLElement
  readonly rates: ReadonlyMap<number, HTMLElement>
}

function update(run: Run, { name, phases }: GraphStream, parts: Parts): void {
  const info = run.streams.find((stream) => stream.name === name)
  const state = run.state.streams.get(name)
  const standing = phases.length === 0 ? 'idle' : standingOf(run, info)
  const isRunning = standing === 'running' && run.end === undefined
  setAttributes(parts.element, { 'data-state': standing })
  setText(parts.state, `, ${standing}`)
  const perSecond = isRunning ? run.rates.of(name) : undefined
  setText(parts.rate, perSecond === undefined ? '' : `${rateText(perSecond)} rows/s`)
  setText(parts.words, wordsOf(run, standing, Math.max(info?.rows ?? 0, state?.rows ?? 0), state === undefined ? [] : progressWords({ ...state, rows: 0, rows_per_s: 0 }, performance.now())))
  const lost = info?.dropped_batches ?? 0
  setText(parts.lost, lost === 0 ? '' : `${count(lost)} batches not seen by slow viewers`)
  const done = standing === 'ended' ? 1 : state === undefined ? 0 : doneOf(state) ?? 0
  parts.bar.style.transform = `scaleX(${done})`
  for (const [part, element] of parts.rates) {
    const rate = isRunning ? run.rates.of(`${name}/${part}`) : undefined
    const total = run.graph?.counts[name]?.[part]
    setText(element, rate !== undefined && rate > 0 ? `${rateText(rate)}/s` : total === null || total === undefined ? '' : count(total.rows))
  }
}

/** After the end nobody is asked any more. */
function standingOf({ end, state }: Run, info: StreamInfo | undefined): StreamInfo['state'] {
  const last = info?.state ?? 'waiting'
  if (end === undefined || last === 'ended' || last === 'failed') return last
  if (last === 'waiting' && !state.streams.has(info?.name ?? '')) return 'waiting'
  return end.status === 'failed' ? 'failed' : 'ended'
}

function wordsOf({ end }: Run, standing: StreamInfo['state'] | 'idle', rows: number, words: readonly string[]): string {
  if (standing === 'idle') return 'leads nowhere'
  if (standing === 'waiting') return end === undefined ? 'waiting' : 'did not run'
  return [...words, `${count(rows)} rows`].join(' · ')
}

const rateText = (perSecond: number): string => count(perSecond < 10 ? Number(perSecond.toFixed(1)) : Math.round(perSecond))

function detailOf({ parts, model, reads }: GraphNode): HTMLElement[] {
  const words = [...Object.values(parts), ...(model === undefined ? [] : [model]), ...reads.map((stream) => `with ${stream}`)]
  return words.length === 0 ? [] : [h('span', { class: 'detail' }, words.join(', '))]
}

/** Operators in order; those of one compiled loop in a frame of their own. The head is part 0. */
function inLoops(through: readonly GraphNode[], chip: (node: GraphNode, part: number) => HTMLElement): HTMLElement[] {
  const items: HTMLElement[] = []
  for (let i = 0; i < through.length;) {
    const { loop } = through[i] as GraphNode
    let to = i + 1
    while (loop !== undefined && through[to]?.loop === loop) to++
    const chips = through.slice(i, to).map((node, k) => chip(node, i + k + 1))
    items.push(...(loop === undefined ? chips : [loopOf(chips)]))
    i = to
  }
  return items
}

const loopOf = (chips: readonly HTMLElement[]): HTMLElement =>
  h('li', { class: 'loop', title: 'One compiled loop' }, h('ol', { class: 'chips', 'aria-label': 'One compiled loop' }, ...chips))

function modelOf({ name, made, file, run, trained_by }: GraphModel, outputs: readonly { readonly sink: string; readonly path?: string }[]): HTMLElement {
  const of = made === undefined ? `from ${file ?? `run ${run}`}` : Object.values(made).join(' + ')
  return h('li', {}, h('span', { class: 'name' }, name), h('span', { class: 'detail' }, [of, ...(trained_by === undefined ? [] : [`trained by ${trained_by}`]), ...outputs.map(({ sink, path }) => `→ ${path ?? sink}`)].join(' · ')))
}
