/** The frame around the stage: ticks and their numbers, on a canvas of its own. */
import { ticks } from '../data/ticks.ts'
import type { Range } from '../../view/range.ts'

export interface AxisLabels {
  readonly x: { readonly range: Range; readonly label: string }
  readonly y: { readonly range: Range; readonly label: string }
}

/** Room for numbers, in CSS pixels. */
export const MARGINS = { left: 60, bottom: 36, top: 8, right: 10 } as const
export const NO_MARGINS = { left: 0, bottom: 0, top: 0, right: 0 } as const
/** Space between ticks, in CSS pixels. */
const SPACING = 76

export function drawAxes(canvas: HTMLCanvasElement, width: number, height: number, pixelRatio: number, { x, y }: AxisLabels): void {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  const style = getComputedStyle(canvas)
  const [left, top] = [MARGINS.left, MARGINS.top]
  const [innerWidth, innerHeight] = [width - MARGINS.left - MARGINS.right, height - MARGINS.top - MARGINS.bottom]
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0)
  context.clearRect(0, 0, width, height)
  context.font = `11.5px ${style.fontFamily}`
  context.fillStyle = style.getPropertyValue('--muted')
  context.strokeStyle = style.getPropertyValue('--line-strong')
  context.lineWidth = 1
  context.beginPath()
  context.textAlign = 'center'
  context.textBaseline = 'top'
  for (const { value, label } of ticks(x.range, Math.floor(innerWidth / SPACING))) {
    const at = Math.round(left + ((value - x.range.from) / (x.range.to - x.range.from)) * innerWidth) + 0.5
    context.moveTo(at, top + innerHeight)
    context.lineTo(at, top + innerHeight + 4)
    context.fillText(label, at, top + innerHeight + 7)
  }
  context.textAlign = 'right'
  context.textBaseline = 'middle'
  for (const { value, label } of ticks(y.range, Math.floor(innerHeight / SPACING))) {
    const at = Math.round(top + innerHeight - ((value - y.range.from) / (y.range.to - y.range.from)) * innerHeight) + 0.5
    context.moveTo(left - 4, at)
    context.lineTo(left, at)
    context.fillText(label, left - 7, at)
  }
  context.stroke()
  context.font = `600 11.5px ${style.fontFamily}`
  context.fillStyle = style.getPropertyValue('--ink')
  context.textAlign = 'right'
  context.textBaseline = 'alphabetic'
  context.fillText(x.label, left + innerWidth, height - 3)
  context.save()
  context.translate(10, top)
  context.rotate(-Math.PI / 2)
  context.fillText(y.label, 0, 0)
  context.restore()
}

export function clearAxes(canvas: HTMLCanvasElement): void {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, canvas.width, canvas.height)
}
