/**
 * Some chains of a stream of particles, followed from step to step: what their convergence is judged by.
 *
 * At most `most` chains, evenly spread over those of the first step, and of a list variable at most 16
 * coordinates, evenly spread: the figures of the list are the worst of theirs. Effective sizes and
 * standard errors are those of all chains, which are taken to be as good as the followed ones.
 * A chain that is absent in a step, or whose value is not finite, counts no more.
 * O(followed chains) memory.
 */
import type { RecordBatch } from 'apache-arrow'
import { EnergyTransitions } from '../models/diagnostics/streaming/energy-transitions.ts'
import { StreamedDraws, type Convergence } from '../models/diagnostics/streaming/streamed-draws.ts'
import { readNumbers, type ColumnNumbers, type NumberArray } from './arrow/numbers.ts'
import { columnOf, hasColumn } from './arrow/read.ts'
import { variablesOf } from './arrow/schemas.ts'
import type { StepRows, StepRun } from './arrow/steps.ts'

/** The column of a sampler with momenta: U + K after the momenta were drawn. */
const TOTAL_ENERGY = 'total_energy'
const MAX_COORDINATES = 16
/** Enough for an R̂ that tells 1.01 from 1, at a cost that is small beside that of thousands of chains. */
export const FOLLOWED_CHAINS = 32

/** Rows of one step in one batch, and how many rows of the step came before them. */
interface Piece extends StepRows {
  readonly before: number
}

export class FollowedChains {
  readonly #most: number
  /** Rows of the first step, until all of them are there: before that nobody knows how many chains there are. */
  #first: Piece[] = []
  #step = NaN
  #rows = 0
  #lastStep = NaN
  #numChains = 0
  /** Numbers of the chains, ascending, once the first step has ended. */
  #followed: readonly number[] | undefined
  /** By the column of chain numbers, which batches of a sampler share. */
  readonly #places = new WeakMap<object, Places>()
  readonly #variables = new Map<string, Coordinate[]>()
  #energies: Followed<EnergyTransitions> | undefined

  constructor(most: number) {
    this.#most = most
  }

  /** Rows of a step; of the steps that came before, all rows were there. The batch is not kept, but in the first step. */
  add(batch: RecordBatch, run: StepRun): void {
    const piece = { ...run, batch, before: this.#rows }
    this.#rows += run.to - run.from
    if (this.#followed === undefined) this.#first.push(piece)
    else this.#take(piece, this.#followed)
  }

  /** All rows of the step are there. */
  endStep(): void {
    if (this.#rows === 0) return
    if (this.#followed === undefined) {
      const chains = this.#choose(this.#first)
      this.#followed = chains
      for (const piece of this.#first) this.#take(piece, chains)
      this.#first = []
    }
    for (const { values, is } of [...this.#variables.values()].flat()) {
      is.add(values)
      values.fill(NaN)
    }
    if (this.#energies !== undefined) {
      const { values, is } = this.#energies
      const isNext = Number.isNaN(this.#lastStep) || this.#step === this.#lastStep + 1
      is.add(isNext ? values : values.fill(NaN))
      values.fill(NaN)
    }
    this.#lastStep = this.#step
    this.#rows = 0
  }

  /** Of a variable of all steps that have ended. */
  figures(variable: string): Convergence {
    const all = (this.#variables.get(variable) ?? []).map(({ is }) => is.figures())
    const times = this.#numChains / (this.#followed?.length ?? 1)
    const worst = (choose: (...values: number[]) => number, of: keyof Convergence): number => {
      const known = all.map((figures) => figures[of]).filter((value) => !Number.isNaN(value)) // of a coordinate that never changes there is no R̂
      return known.length === 0 ? NaN : choose(...known)
    }
    return {
      r_hat: worst(Math.max, 'r_hat'),
      ess_bulk: worst(Math.min, 'ess_bulk') * times,
      ess_tail: worst(Math.min, 'ess_tail') * times,
      mcse: worst(Math.max, 'mcse') / Math.sqrt(times),
    }
  }

  get variables(): string[] {
    return [...this.#variables.keys()]
  }

  /** The smallest of the followed chains; NaN unless the sampler tells its total energy and the stream holds every step. */
  get e_bfmi(): number {
    const known = [...(this.#energies?.is.eBfmi() ?? [])].filter((value) => !Number.isNaN(value))
    return known.length === 0 ? NaN : Math.min(...known)
  }

  #choose(pieces: readonly Piece[]): number[] {
    const all = new Float64Array(this.#rows)
    for (const { batch, from, to, before } of pieces) {
      const chains = hasColumn(batch, 'chain') ? readNumbers(batch, 'chain').values.subarray(from, to) : Float64Array.from({ length: to - from }, (_, i) => before + i)
      all.set(chains, before)
    }
    all.sort()
    this.#numChains = all.length
    const count = Math.min(this.#most, all.length)
    return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as number)
  }

  /** Takes the values of the followed chains out of some rows. */
  #take(piece: Piece, chains: readonly number[]): void {
    const { batch, step } = piece
    const rows = this.#rowsOf(piece, chains)
    this.#step = step
    for (const column of variablesOf(batch)) {
      for (const { at, values } of this.#coordinates(column.name, column.size)) gather(column, rows, at, values)
    }
    if (!hasColumn(batch, TOTAL_ENERGY)) return
    this.#energies ??= this.#follow(new EnergyTransitions(chains.length), chains.length)
    gather(readNumbers(batch, TOTAL_ENERGY), rows, 0, this.#energies.values)
  }

  #rowsOf(piece: Piece, chains: readonly number[]): Int32Array {
    const { batch, from, to, before } = piece
    if (!hasColumn(batch, 'chain')) return placesIn(from, to, before, chains)
    const key = columnOf(batch, 'chain').values as object
    const known = this.#places.get(key)
    if (known?.from === from && known.to === to) return known.rows
    const rows = rowsWith(readNumbers(batch, 'chain').values, from, to, chains)
    this.#places.set(key, { from, to, rows })
    return rows
  }

  #coordinates(name: string, size: number): Coordinate[] {
    let coordinates = this.#variables.get(name)
    if (coordinates === undefined) {
      const chains = this.#followed?.length ?? 0
      const count = Math.min(size, MAX_COORDINATES)
      coordinates = Array.from({ length: count }, (_, i) => ({ at: Math.floor((i * size) / count), ...this.#follow(new StreamedDraws(chains), chains) }))
      this.#variables.set(name, coordinates)
    }
    return coordinates
  }

  #follow<T>(is: T, chains: number): Followed<T> {
    return { is, values: new Float64Array(chains).fill(NaN) }
  }
}

/** What takes a number of each followed chain, and those of the step that is coming in: NaN where a chain is nowhere. */
interface Followed<T> {
  readonly is: T
  readonly values: Float64Array
}

/** A coordinate of a variable. */
interface Coordinate extends Followed<StreamedDraws> {
  readonly at: number
}

/** Where the followed chains stand in rows `from` to `to`. */
interface Places {
  readonly from: number
  readonly to: number
  readonly rows: Int32Array
}

/** The rows of chains that stand in their order from chain `first` in row `from` on, −1 where they are not before row `to`. */
function placesIn(from: number, to: number, first: number, chains: readonly number[]): Int32Array {
  return Int32Array.from(chains, (chain) => (chain >= first && chain - first < to - from ? from + chain - first : -1))
}

/** The rows of chains by their numbers, −1 where they are not between `from` and `to`. */
function rowsWith(numbers: NumberArray, from: number, to: number, chains: readonly number[]): Int32Array {
  const rows = placesIn(from, to, numbers[from] as number, chains)
  const [first, last] = [numbers[from] as number, numbers[to - 1] as number]
  // Chains stand in their order, none left out, but where an operator took rows away.
  if (last - first === to - from - 1 && rows.every((row, c) => row < 0 || numbers[row] === chains[c])) return rows
  return Int32Array.from(chains, (chain) => numbers.indexOf(chain, from)).map((row) => (row < to ? row : -1))
}

/** The values of one coordinate, of the chains that are there. */
function gather({ values, size }: ColumnNumbers, rows: Int32Array, at: number, into: Float64Array): void {
  for (let c = 0; c < rows.length; c++) {
    const row = rows[c] as number
    if (row >= 0) into[c] = values[row * size + at] as number
  }
}
