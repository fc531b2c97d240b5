/** The terrain under one view: asked for when the view has left it, or has become small in it. */
import { widthOf, type Box } from '../data/plane-view.ts'
import { askLandscape } from '../net/landscape.ts'
import type { Grid } from './terrain.ts'

/** Time between two requests, in ms; after one that failed, more. */
const [PAUSE_MS, FAILED_MS] = [300, 5000]
/** Asked for on each side of the view, as a share of it. */
const AROUND = 0.2
/** How much wider than the view a terrain may be. */
const LOOSE = 4

export class Ground {
  grid: Grid | undefined
  #next = 0
  #isAsking = false
  #isNew = false

  /** Whether the grid is another than at the last look. */
  look(now: number, view: Box | undefined, stream: string, isTurned: boolean): boolean {
    if (view !== undefined && !this.#isAsking && now >= this.#next && !this.#fits(view)) void this.#ask(view, stream, isTurned, now)
    const isNew = this.#isNew
    this.#isNew = false
    return isNew
  }

  #fits(view: Box): boolean {
    return this.grid !== undefined && isInside(view, this.grid.box) && widthOf(this.grid.box.x) < LOOSE * widthOf(view.x)
  }

  async #ask(view: Box, stream: string, isTurned: boolean, now: number): Promise<void> {
    this.#isAsking = true
    const grid = await askLandscape(stream, { x: wider(view.x), y: wider(view.y) }, isTurned).catch(() => undefined) // gone: what is there stays
    this.#isAsking = false
    this.#next = now + (grid === undefined ? FAILED_MS : PAUSE_MS)
    if (grid === undefined) return
    this.grid = grid
    this.#isNew = true
  }
}

const isInside = (a: Box, b: Box): boolean => a.x.from >= b.x.from && a.x.to <= b.x.to && a.y.from >= b.y.from && a.y.to <= b.y.to

const wider = ({ from, to }: Box['x']): Box['x'] => ({ from: from - AROUND * (to - from), to: to + AROUND * (to - from) })
