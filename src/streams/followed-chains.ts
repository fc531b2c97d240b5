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
import { numbersOf, readNumbers, type ColumnNumbers, type NumberArray } from './arrow/numbers.ts'
import { columnOf } from './arrow/read.ts'
import { variableFields } from './arrow/schemas.ts'
import type { StepRun } from './arrow/steps.ts'

/** The column of a sampler with momenta: U + K after the momenta were drawn. */
const TOTAL_ENERGY = 'total_energy'
const MAX_COORDINATES = 16
/** Enough for an R̂ that tells 1.01 from 1, at a cost that is small beside that of thousands of chains. */
export const FOLLOWED_CHAINS = 64

/** Rows of one step in one batch. */
interface Piece extends StepRun {
  readonly batch: RecordBatch
}

export class FollowedChains {
  readonly #most: number
  #step: Piece[] = []
  #lastStep = NaN
  #numChains = 0
  /** Numbers of the chains, ascending, once the first step has ended. */
  #followed: readonly number[] | undefined
  readonly #variables = new Map<string, Coordinate[]>()
  #energies: Followed<EnergyTransitions> | undefined

  constructor(most: number) {
    this.#most = most
  }

  /** Rows of a step; of the steps that came before, all rows were there. */
  add(batch: RecordBatch, run: StepRun): void {
    this.#step.push({ batch, ...run })
  }

  /** All rows of the step are there. */
  endStep(): void {
    const pieces = this.#step
    this.#step = []
    const [first] = pieces
    if (first === undefined) return
    this.#followed ??= this.#choose(pieces)
    let before = 0
    const rows = pieces.map((piece) => {
      const found = rowsOf(piece, this.#followed as readonly number[], before)
      before += piece.to - piece.from
      return found
    })
    for (const { name } of variableFields(first.batch.schema)) this.#addVariable(name, pieces, rows)
    if (first.batch.schema.names.includes(TOTAL_ENERGY)) this.#addEnergies(first.step, pieces, rows)
    this.#lastStep = first.step
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
    const all = new Float64Array(pieces.reduce((sum, { from, to }) => sum + to - from, 0))
    let at = 0
    for (const { batch, from, to } of pieces) {
      const chains = chainsOf(batch)
      for (let row = from; row < to; row++, at++) all[at] = chains === undefined ? at : chains[row] as number
    }
    all.sort()
    this.#numChains = all.length
    const count = Math.min(this.#most, all.length)
    return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as number)
  }

  #addVariable(name: string, pieces: readonly Piece[], rows: readonly Int32Array[]): void {
    const columns = pieces.map(({ batch }) => numbersOf(columnOf(batch, name)) as ColumnNumbers)
    let coordinates = this.#variables.get(name)
    if (coordinates === undefined) {
      const size = (columns[0] as ColumnNumbers).size
      const count = Math.min(size, MAX_COORDINATES)
      coordinates = Array.from({ length: count }, (_, i) => ({ at: Math.floor((i * size) / count), ...this.#follow(new StreamedDraws(this.#length)) }))
      this.#variables.set(name, coordinates)
    }
    for (const { at, values, is } of coordinates) is.add(gather(columns, rows, at, values))
  }

  #addEnergies(step: number, pieces: readonly Piece[], rows: readonly Int32Array[]): void {
    this.#energies ??= this.#follow(new EnergyTransitions(this.#length))
    const { values, is } = this.#energies
    const isNext = Number.isNaN(this.#lastStep) || step === this.#lastStep + 1
    is.add(isNext ? gather(pieces.map(({ batch }) => readNumbers(batch, TOTAL_ENERGY)), rows, 0, values) : values.fill(NaN))
  }

  get #length(): number {
    return this.#followed?.length ?? 0
  }

  #follow<T>(is: T): Followed<T> {
    return { is, values: new Float64Array(this.#length) }
  }
}

/** What takes a number of each followed chain, and the array that they are put into. */
interface Followed<T> {
  readonly is: T
  readonly values: Float64Array
}

/** A coordinate of a variable. */
interface Coordinate extends Followed<StreamedDraws> {
  readonly at: number
}

/** The rows of chains in a piece, −1 where they are not in it. Without a column `chain` rows are numbered as they come, from `before`. */
function rowsOf({ batch, from, to }: Piece, chains: readonly number[], before: number): Int32Array {
  const numbers = chainsOf(batch)
  const first = numbers === undefined ? before : numbers[from] as number
  const rows = new Int32Array(chains.length).fill(-1)
  let isWhole = numbers === undefined || numbers[to - 1] === first + to - from - 1
  for (let c = 0; c < rows.length; c++) {
    const place = (chains[c] as number) - first
    if (place < 0 || place >= to - from) continue
    rows[c] = from + place
    if (numbers !== undefined && numbers[from + place] !== chains[c]) isWhole = false
  }
  // Chains stand in their order, none left out, but where an operator took rows away.
  return isWhole ? rows : rows.map((_, c) => numbers?.indexOf(chains[c] as number, from) ?? -1).map((row) => (row < to ? row : -1))
}

const chainsOf = (batch: RecordBatch): NumberArray | undefined => (batch.schema.names.includes('chain') ? readNumbers(batch, 'chain').values : undefined)

/** The values of one coordinate, NaN where a chain is nowhere. */
function gather(columns: readonly ColumnNumbers[], rows: readonly Int32Array[], at: number, into: Float64Array): Float64Array {
  into.fill(NaN)
  rows.forEach((of, piece) => {
    const { values, size } = columns[piece] as ColumnNumbers
    for (let c = 0; c < of.length; c++) if ((of[c] as number) >= 0) into[c] = values[(of[c] as number) * size + at] as number
  })
  return into
}
