/**
 * The stage: what is drawn of a frame, when something has changed.
 *
 * It owns the canvas and its layers, and makes them again when the graphics context was lost. It
 * is told what to show, and draws only when it is asked to.
 */
import { setAttributes } from '../dom.ts'
import { coordinates } from '../data/coordinates.ts'
import { CELLS, density, levels, type Points } from '../data/density.ts'
import type { Frame } from '../data/frame.ts'
import type { Axis, ImageShape } from '../data/kinds.ts'
import { columnsFor, pictureOf } from '../data/pictures.ts'
import { PlaneView, type Box } from '../data/plane-view.ts'
import { clearAxes, drawAxes, MARGINS, NO_MARGINS } from './axes.ts'
import { isSoftware, type Gl } from './gl.ts'
import { paletteOf, type Palette } from './palette.ts'
import { DensityLayer, PictureLayer } from './picture.ts'
import { PointLayer } from './points.ts'
import { TerrainLayer, type Grid } from './terrain.ts'

/** How a frame is shown. */
export type Showing =
  | { readonly as: 'images'; readonly shape: ImageShape }
  | { readonly as: 'points' | 'density'; readonly x: PlacedAxis; readonly y: PlacedAxis }

export interface PlacedAxis extends Axis {
  readonly offset: number
}

interface Layers {
  readonly points: PointLayer
  readonly terrain: TerrainLayer
  readonly picture: PictureLayer
  readonly density: DensityLayer
}

export class Stage {
  /** Whether each picture is drawn by processors that a run on this machine could use: none is drawn only to glide. */
  readonly is_software: boolean
  readonly #canvas: HTMLCanvasElement
  readonly #axes: HTMLCanvasElement
  readonly #box: HTMLElement
  readonly #gl: Gl | null
  #layers: Layers | undefined
  #palette: Palette
  #view = new PlaneView()
  #showing: Showing | undefined
  #frame: Frame | undefined
  #parts: readonly Points[] = []
  #grid: Grid | undefined
  #width = 0
  #height = 0
  #ratio = 1
  #drawn: Box | undefined
  #at = 0
  #isDirty = true
  /** Whether the frame and the terrain are on the graphics processor. */
  #isUploaded = false

  constructor(box: HTMLElement, canvas: HTMLCanvasElement, axes: HTMLCanvasElement) {
    this.#box = box
    this.#canvas = canvas
    this.#axes = axes
    this.#palette = paletteOf(box)
    this.#gl = canvas.getContext('webgl2', { antialias: false, depth: false, premultipliedAlpha: true, powerPreference: 'low-power' })
    this.is_software = this.#gl === null || isSoftware(this.#gl)
    canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault()
      this.#layers = undefined
    })
    canvas.addEventListener('webglcontextrestored', () => this.#renew())
    new ResizeObserver(() => this.#resize()).observe(box)
    this.#renew()
  }

  get is_able(): boolean {
    return this.#gl !== null
  }

  /** The part of the plane that was drawn last. */
  get drawn(): Box | undefined {
    return this.#drawn
  }

  /** Shows another stream, or other coordinates: the view begins anew. */
  show(showing: Showing | undefined): void {
    this.#showing = showing
    this.#view = new PlaneView()
    this.#frame = undefined
    this.#parts = []
    this.#grid = undefined
    setAttributes(this.#box, { 'data-as': showing?.as ?? 'nothing' })
    this.#resize()
  }

  frame(frame: Frame): void {
    if (frame === this.#frame) return
    this.#frame = frame
    const showing = this.#showing
    if (showing !== undefined && showing.as !== 'images') {
      const of = ({ offset, ...axis }: PlacedAxis) => (batch: Frame['batches'][number]): Float32Array => coordinates(batch, axis, offset)
      const [xOf, yOf] = [of(showing.x), of(showing.y)]
      this.#parts = frame.batches.map((batch) => ({ x: xOf(batch), y: yOf(batch) }))
      this.#view.follow(joined(this.#parts, 'x'), joined(this.#parts, 'y'))
    }
    this.#changed()
  }

  terrain(grid: Grid | undefined): void {
    this.#grid = grid
    this.#changed()
  }

  /** After a change of the colour scheme. */
  repaint(): void {
    this.#palette = paletteOf(this.#box)
    this.#drawn = undefined
    this.#isDirty = true
  }

  /** Draws if something has changed, or the view is under way. True if it did. */
  draw(now: number): boolean {
    const [gl, layers, showing] = [this.#gl, this.#layers, this.#showing]
    if (gl === null || layers === undefined || showing === undefined || this.#frame === undefined || this.#width === 0) return false
    const isPlane = showing.as !== 'images'
    const box = isPlane ? this.#view.at(this.#innerWidth / this.#innerHeight, this.is_software ? Infinity : Math.min(100, now - this.#at)) : undefined
    this.#at = now
    const isMoving = !isSame(box, this.#drawn)
    if (!this.#isDirty && !isMoving) return false
    this.#isDirty = false
    gl.clearColor(0, 0, 0, 0)
    gl.clear(gl.COLOR_BUFFER_BIT)
    if (showing.as === 'images') this.#drawImages(layers, showing.shape, this.#frame)
    else if (box !== undefined) this.#drawPlane(layers, showing, box)
    this.#isUploaded = true
    if (isMoving || !isPlane) this.#drawAxes(box)
    this.#drawn = box
    return true
  }

  #drawImages({ picture }: Layers, shape: ImageShape, { batches, rows }: Frame): void {
    if (!this.#isUploaded) picture.upload(pictureOf(batches, shape, columnsFor(rows, shape, this.#innerWidth / this.#innerHeight)))
    picture.draw(this.#canvas.width, this.#canvas.height)
  }

  #drawPlane(layers: Layers, { as }: Showing, box: Box): void {
    if (!this.#isUploaded) layers.terrain.upload(this.#grid)
    layers.terrain.draw(box, this.#palette)
    if (as === 'points') {
      if (!this.#isUploaded) layers.points.upload(this.#parts)
      return layers.points.draw(box, this.#palette, Math.min(this.#canvas.width, this.#canvas.height))
    }
    layers.density.upload(levels(density(this.#parts, box)), CELLS) // the cells are those of the view
    layers.density.draw(this.#palette)
  }

  #drawAxes(box: Box | undefined): void {
    const showing = this.#showing
    if (box === undefined || showing === undefined || showing.as === 'images') return clearAxes(this.#axes)
    const placed = ({ from, to }: Box['x'], { offset, label }: PlacedAxis) => ({ range: { from: from + offset, to: to + offset }, label })
    drawAxes(this.#axes, this.#width, this.#height, this.#ratio, { x: placed(box.x, showing.x), y: placed(box.y, showing.y) })
  }

  #changed(): void {
    this.#isUploaded = false
    this.#isDirty = true
  }

  #renew(): void {
    const gl = this.#gl
    if (gl === null || gl.isContextLost()) return
    this.#layers = { points: new PointLayer(gl), terrain: new TerrainLayer(gl), picture: new PictureLayer(gl), density: new DensityLayer(gl) }
    this.#resize()
    this.#changed()
  }

  get #margins(): typeof MARGINS | typeof NO_MARGINS {
    return this.#showing?.as === 'images' ? NO_MARGINS : MARGINS
  }

  get #innerWidth(): number {
    return Math.max(1, this.#width - this.#margins.left - this.#margins.right)
  }

  get #innerHeight(): number {
    return Math.max(1, this.#height - this.#margins.top - this.#margins.bottom)
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#box
    this.#width = clientWidth
    this.#height = clientHeight
    this.#ratio = Math.min(2, devicePixelRatio)
    const fit = (canvas: HTMLCanvasElement, width: number, height: number): void => {
      canvas.width = Math.round(width * this.#ratio)
      canvas.height = Math.round(height * this.#ratio)
    }
    fit(this.#canvas, this.#innerWidth, this.#innerHeight)
    fit(this.#axes, clientWidth, clientHeight)
    this.#gl?.viewport(0, 0, this.#canvas.width, this.#canvas.height)
    this.#drawn = undefined
    this.#changed()
  }
}

const isSame = (a: Box | undefined, b: Box | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.x.from === b.x.from && a.x.to === b.x.to && a.y.from === b.y.from && a.y.to === b.y.to)

function joined(parts: readonly Points[], axis: 'x' | 'y'): Float32Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only[axis]
  const all = new Float32Array(parts.reduce((sum, part) => sum + part[axis].length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part[axis], at)
    at += part[axis].length
  }
  return all
}
