/**
 * Which part of the plane is shown: where nearly all points are, with a margin.
 *
 * It rests while the points stay inside and fill it well; else it glides to where they are. Two
 * coordinates of about the same extent get the same scale, so that a circle is one.
 */
import { rangeOf, type Range } from '../../view/range.ts'

export interface Box {
  readonly x: Range
  readonly y: Range
}

/** Kept free on each side, as a share of what is filled. */
const MARGIN = 0.14
/** How much wider than what is filled a view may become before it closes in. */
const LOOSE = 1.75
/** Extents are alike if neither is more than so many times the other. */
const ALIKE = 3
/** Time in which a glide makes most of its way, in ms. */
const GLIDE_MS = 140

export class PlaneView {
  #x: Range | undefined
  #y: Range | undefined
  #shown: Box | undefined
  #isEqual: boolean | undefined

  /** Looks at where the points are. */
  follow(x: ArrayLike<number>, y: ArrayLike<number>): void {
    this.#x = target(this.#x, rangeOf(x))
    this.#y = target(this.#y, rangeOf(y))
    if (this.#x !== undefined && this.#y !== undefined) this.#isEqual ??= Math.max(widthOf(this.#x) / widthOf(this.#y), widthOf(this.#y) / widthOf(this.#x)) <= ALIKE
  }

  /** The box to show in a picture of this aspect (width over height), so many ms after the last; undefined while there are no points. */
  at(aspect: number, ms: number): Box | undefined {
    if (this.#x === undefined || this.#y === undefined) return undefined
    const aim = this.#isEqual === true ? withAspect({ x: this.#x, y: this.#y }, aspect) : { x: this.#x, y: this.#y }
    const share = this.#shown === undefined ? 1 : 1 - Math.exp(-ms / GLIDE_MS)
    this.#shown = this.#shown === undefined ? aim : { x: between(this.#shown.x, aim.x, share), y: between(this.#shown.y, aim.y, share) }
    return this.#shown
  }
}

function target(before: Range | undefined, filled: Range | undefined): Range | undefined {
  if (filled === undefined) return before
  const fits = before !== undefined && filled.from >= before.from && filled.to <= before.to && widthOf(before) <= LOOSE * widthOf(filled)
  if (fits) return before
  const margin = MARGIN * widthOf(filled)
  return { from: filled.from - margin, to: filled.to + margin }
}

/** The narrower side is widened around its middle. */
function withAspect({ x, y }: Box, aspect: number): Box {
  const [width, height] = [Math.max(widthOf(x), widthOf(y) * aspect), Math.max(widthOf(y), widthOf(x) / aspect)]
  return { x: around(x, width), y: around(y, height) }
}

const around = ({ from, to }: Range, width: number): Range => ({ from: (from + to - width) / 2, to: (from + to + width) / 2 })

/** Arrives when it is nearly there, so that a picture comes to rest. */
function between(a: Range, b: Range, share: number): Range {
  const near = 1e-3 * widthOf(b)
  if (Math.abs(a.from - b.from) < near && Math.abs(a.to - b.to) < near) return b
  return { from: a.from + share * (b.from - a.from), to: a.to + share * (b.to - a.to) }
}

export const widthOf = ({ from, to }: Range): number => to - from
