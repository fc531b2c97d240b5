/**
 * A small chart of courses: a title, the newest value, and the lines. Under a noisy line its mean
 * over neighbours is what stands out. Pointing at it shows the value there.
 *
 * The axis is logarithmic where values are positive and span more than two powers of ten.
 */
import uPlot from 'uplot'
import { short } from '../../view/amounts.ts'
import { smoothed, type Course } from '../data/course.ts'
import { h, setAttributes, setText } from '../dom.ts'

export interface ChartOptions {
  readonly title: string
  /** The stream it is of. */
  readonly stream: string
  /** Names of the lines; one that is not named needs none. */
  readonly lines: readonly string[]
  readonly is_noisy: boolean
}

/** Points of a smoothed line that are no mean of many: too few to be noisy. */
const SMOOTH_FROM = 40

export class Chart {
  readonly element: HTMLElement
  readonly #options: ChartOptions
  readonly #course: Course
  readonly #plot = h('div', { class: 'plot' })
  readonly #value = h('span', { class: 'value' })
  readonly #where = h('span', { class: 'where' })
  #uplot: uPlot | undefined
  #isLog = false
  #drawn = -1

  constructor(options: ChartOptions, course: Course) {
    this.#options = options
    this.#course = course
    const { title, stream, lines } = options
    this.element = h('figure', { class: 'chart' },
      h('figcaption', {}, h('span', { class: 'title' }, title), h('span', { class: 'of' }, stream), this.#value, this.#where),
      this.#plot,
      ...(lines.length > 1 ? [h('ul', { class: 'legend' }, ...lines.map((line, i) => h('li', { class: `line-${i}` }, line)))] : []))
    new ResizeObserver(() => this.#resize()).observe(this.#plot)
  }

  /** Draws what is new. */
  update(): void {
    const { columns } = this.#course
    const newest = this.#options.lines.map((_, i) => this.#course.last(i))
    const text = newest.map((value) => (value === undefined ? '–' : short(value))).join(' · ')
    const x = columns[0]?.at(-1) ?? 0
    if (this.#uplot?.cursor.idx === null || this.#uplot === undefined) setText(this.#value, text)
    setAttributes(this.#plot, { role: 'img', 'aria-label': `${this.#options.title} of ${this.#options.stream}: ${text} at step ${short(x)}` })
    if (this.#drawn === x) return
    this.#drawn = x
    const isLog = wantsLog(columns.slice(1))
    if (this.#uplot === undefined || isLog !== this.#isLog) this.#make(isLog)
    this.#uplot?.setData(this.#data(columns) as uPlot.AlignedData)
  }

  /** After a change of the colour scheme. */
  repaint(): void {
    this.#make(this.#isLog)
    this.#uplot?.setData(this.#data(this.#course.columns) as uPlot.AlignedData)
  }

  get #isSmoothed(): boolean {
    return this.#options.is_noisy && this.#options.lines.length === 1
  }

  #data(columns: (number | null)[][]): (number | null)[][] {
    const [x = [], y = []] = columns
    if (!this.#isSmoothed) return columns
    return [x, y, y.length < SMOOTH_FROM ? y : smoothed(y, Math.ceil(y.length / 50))]
  }

  #make(isLog: boolean): void {
    this.#uplot?.destroy()
    this.#isLog = isLog
    this.#drawn = -1
    const { clientWidth: width, clientHeight: height } = this.#plot
    if (width === 0 || height === 0) {
      this.#uplot = undefined // hidden: made when it is shown
      return
    }
    const style = getComputedStyle(this.element)
    const color = (name: string): string => style.getPropertyValue(name).trim()
    const font = `11px ${style.fontFamily}`
    const axis = { stroke: color('--muted'), font, ticks: { show: false }, gap: 4 }
    const lines = this.#options.lines.map((_, i): uPlot.Series => ({ stroke: color(`--series-${i % 6}`), width: 1.6, points: { show: false }, spanGaps: true }))
    const smooth: uPlot.Series[] = this.#isSmoothed ? [{ ...lines[0] as uPlot.Series, width: 2 }] : []
    const series: uPlot.Series[] = this.#isSmoothed ? [{ ...lines[0] as uPlot.Series, width: 1, stroke: color('--series-faint') }, ...smooth] : lines
    this.#uplot = new uPlot({
      width, height, legend: { show: false }, padding: [6, 14, 0, 0],
      cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 6 } },
      scales: { x: { time: false }, y: isLog ? { distr: 3 } : {} },
      axes: [
        { ...axis, size: 20, space: 60, grid: { show: false }, values: (_, splits) => splits.map(short) },
        { ...axis, size: 54, space: 28, ...(isLog ? { filter: powers } : {}), grid: { stroke: color('--line'), width: 1, ...(isLog ? { filter: powers } : {}) }, values: (_, splits) => splits.map((value) => (value === null ? '' : short(value))) },
      ],
      series: [{}, ...series],
      hooks: { setCursor: [(plot) => this.#point(plot)] },
    }, undefined, this.#plot)
  }

  /** Says what is under the pointer. */
  #point({ cursor: { idx } }: uPlot): void {
    const { columns } = this.#course
    const is = idx !== null && idx !== undefined && columns[0]?.[idx] !== undefined
    setText(this.#where, is ? `at ${short(columns[0]?.[idx] as number)}` : '')
    const values = this.#options.lines.map((_, i) => (is ? columns[i + 1]?.[idx] : this.#course.last(i)))
    setText(this.#value, values.map((value) => (value === null || value === undefined ? '–' : short(value))).join(' · '))
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#plot
    if (width === 0 || height === 0) return
    if (this.#uplot === undefined) this.repaint()
    else this.#uplot.setSize({ width, height })
  }
}

/** Of the places that a logarithmic axis has, the powers of ten. */
const powers = (_: uPlot, places: number[]): (number | null)[] => places.map((place) => (Math.abs(Math.log10(place) - Math.round(Math.log10(place))) < 1e-6 ? place : null))

function wantsLog(lines: readonly (readonly (number | null)[])[]): boolean {
  let [low, high] = [Infinity, 0]
  for (const value of lines.flat()) {
    if (value === null) continue
    if (value <= 0) return false
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return high / low > 100
}
