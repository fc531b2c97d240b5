/**
 * The charts: of training, of particles as they are seen, of their health. A chart is there once it
 * has something to show.
 */
import type { RecordBatch } from 'apache-arrow'
import { isNumber } from '../../../streams/arrow/numbers.ts'
import { numbersIn } from '../data/coordinates.ts'
import { Course } from '../data/course.ts'
import { Chart, type ChartOptions } from './chart.ts'

interface Kind {
  readonly title: string
  readonly is_noisy?: boolean
}

/** Known quantities, in the order in which they stand; others of a training stream come after the first three. */
const KINDS: Readonly<Record<string, Kind>> = {
  loss: { title: 'Loss', is_noisy: true },
  gradient_norm: { title: 'Gradient norm', is_noisy: true },
  learning_rate: { title: 'Learning rate' },
  acceptance_rate: { title: 'Acceptance rate' },
  energy: { title: 'Mean energy' },
  score_norm: { title: 'Mean score norm' },
  r_hat: { title: 'R-hat' },
  ess_bulk: { title: 'Effective sample size' },
  ess_tail: { title: 'Effective sample size, tails' },
  mean: { title: 'Mean' },
  sd: { title: 'Standard deviation' },
  num_divergent: { title: 'Divergent rows' },
}
const ORDER = Object.keys(KINDS)
const OF_HEALTH = ['r_hat', 'ess_bulk', 'ess_tail', 'mean', 'sd'] as const
/** Variables that get a line each; of more only the worst is shown, or nothing. */
const MOST_LINES = 4

interface Entry {
  readonly course: Course
  readonly key: string
  readonly options: ChartOptions
  chart?: Chart
}

export class Charts {
  readonly #element: HTMLElement
  readonly #entries = new Map<string, Entry>()

  constructor(element: HTMLElement) {
    this.#element = element
  }

  training(stream: string, batch: RecordBatch): void {
    const steps = valuesOf(batch, 'step')
    for (const { name, type } of batch.schema.fields) {
      if (name === 'step' || name === 'epoch' || !isNumber(type)) continue
      const { course } = this.#entry(stream, name as string, [name as string])
      const values = valuesOf(batch, name as string)
      for (let row = 0; row < batch.numRows; row++) course.push(steps[row] as number, [values[row] as number])
    }
  }

  /** A row per variable and report. */
  health(stream: string, batch: RecordBatch): void {
    const steps = valuesOf(batch, 'step')
    const variables = batch.getChild('variable')
    const columns = new Map([...OF_HEALTH, 'acceptance_rate', 'num_divergent'].map((name) => [name, valuesOf(batch, name)]))
    for (let from = 0, to = 0; from < batch.numRows; from = to) {
      while (to < batch.numRows && steps[to] === steps[from]) to++
      const names = Array.from({ length: to - from }, (_, i) => String(variables?.get(from + i)))
      const step = steps[from] as number
      for (const name of OF_HEALTH) this.#report(stream, name, names, step, [...(columns.get(name) as ArrayLike<number> & Iterable<number>)].slice(from, to))
      for (const name of ['acceptance_rate', 'num_divergent']) {
        const value = columns.get(name)?.[from] as number
        if (name !== 'num_divergent' || value > 0 || this.#entries.has(`${stream}/${name}`)) this.point(stream, name, step, value)
      }
    }
  }

  /** One value of one quantity. */
  point(stream: string, name: string, x: number, value: number): void {
    if (Number.isFinite(value)) this.#entry(stream, name, [name]).course.push(x, [value])
  }

  /** Shows what is new. True if there are any charts. */
  update(): boolean {
    for (const entry of this.#entries.values()) {
      if (entry.course.length < 2) continue
      if (entry.chart === undefined) this.#add(entry)
      entry.chart?.update()
    }
    return this.#element.childElementCount > 0
  }

  repaint(): void {
    for (const { chart } of this.#entries.values()) chart?.repaint()
  }

  #report(stream: string, name: typeof OF_HEALTH[number], variables: readonly string[], x: number, values: readonly number[]): void {
    const finite = values.filter(Number.isFinite)
    if (finite.length === 0) return
    if (variables.length <= MOST_LINES) return this.#entry(stream, name, variables).course.push(x, values)
    if (name === 'mean' || name === 'sd') return
    const worst = name === 'r_hat' ? Math.max(...finite) : Math.min(...finite)
    this.#entry(stream, name, [name], `, worst of ${variables.length}`).course.push(x, [worst])
  }

  #entry(stream: string, name: string, lines: readonly string[], more = ''): Entry {
    const key = `${stream}/${name}`
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      const { title, is_noisy = false } = KINDS[name] ?? { title: name.replaceAll('_', ' ') }
      entry = { course: new Course(lines.length), key, options: { title: title + more, stream, lines, is_noisy } }
      this.#entries.set(key, entry)
    }
    return entry
  }

  #add(entry: Entry): void {
    entry.chart = new Chart(entry.options, entry.course)
    const { element } = entry.chart
    element.dataset.key = entry.key
    const after = [...this.#element.children].find((other) => rankOf((other as HTMLElement).dataset.key ?? '') > rankOf(entry.key))
    this.#element.insertBefore(element, after ?? null)
  }
}

function rankOf(key: string): number {
  const rank = ORDER.indexOf(key.slice(key.lastIndexOf('/') + 1))
  return rank < 0 ? 2.5 : rank
}

const valuesOf = (batch: RecordBatch, name: string): ArrayLike<number> => numbersIn(batch, name).values
