/**
 * The Vega-Lite specification of a picture, out of the names of columns.
 *
 * Densities are shares of the rows of a panel and colour, per unit of x (and of y): samples of
 * different sizes can be compared. Columns of numbers are continuous, but as colour of lines,
 * histograms, densities and bars they tell groups apart.
 */
import type { Schema } from 'apache-arrow'
import { isNumber, isTime } from '../../arrow/numbers.ts'
import type { Spec } from './render.ts'

export const MARKS = ['points', 'lines', 'histogram', 'density', 'heatmap', 'bars'] as const
export type Mark = (typeof MARKS)[number]

export interface Picture {
  readonly mark: Mark
  readonly x: string
  readonly y?: string | undefined
  readonly color?: string | undefined
  readonly facet?: string | undefined
  readonly title?: string | undefined
  readonly width: number
  readonly height: number
  /** Panels beside each other. */
  readonly columns: number
  readonly bins: number
}

/** Those that have no use for y: it is the density. */
export const WITHOUT_Y: ReadonlySet<Mark> = new Set(['histogram', 'density'])

/** Without data. `num_rows` is how many there will be. */
export function specOf(picture: Picture, schema: Schema, num_rows: number): Spec {
  const { color, facet, title, width, height, columns } = picture
  const { encoding, ...layer } = MAKE[picture.mark](picture, schema, num_rows)
  return {
    ...(title === undefined ? {} : { title }),
    width,
    height,
    ...layer,
    encoding: {
      ...(color === undefined ? {} : { color: colorOf(picture, schema) }),
      ...encoding,
      ...(facet === undefined ? {} : { facet: facetOf(facet, columns, schema) }),
    },
  }
}

interface Layer {
  readonly mark: Spec
  readonly transform?: readonly Spec[]
  readonly encoding: Spec
}

type Make = (picture: Picture, schema: Schema, num_rows: number) => Layer

const points: Make = ({ x, y = '' }, schema, num_rows) => ({
  mark: { type: 'circle', size: Math.max(4, Math.min(40, 4000 / Math.max(1, num_rows))), opacity: num_rows > 500 ? 0.5 : 0.8 },
  encoding: { x: { ...channel(x, schema), scale: { zero: false } }, y: { ...channel(y, schema), scale: { zero: false } } },
})

const lines: Make = ({ x, y = '' }, schema) => ({
  mark: { type: 'line', strokeWidth: 2 },
  encoding: { x: { ...channel(x, schema), scale: { zero: false } }, y: { ...channel(y, schema), scale: { zero: false } } },
})

const bars: Make = ({ x, y = '', color }, schema) => ({
  mark: { type: 'bar' },
  encoding: {
    x: { ...channel(x, schema), type: 'ordinal', axis: { labelAngle: 0 } },
    y: { ...channel(y, schema), stack: null },
    ...(color === undefined ? {} : { xOffset: { field: fieldOf(color) } }),
  },
})

const histogram: Make = (picture) => ({
  mark: { type: 'bar', binSpacing: 0, opacity: picture.color === undefined ? 0.9 : 0.55 },
  transform: binned(picture, [[picture.x, 'x']]),
  encoding: { x: { field: 'x0', bin: { binned: true }, title: picture.x, type: 'quantitative' }, x2: { field: 'x1' }, y: { field: 'density', type: 'quantitative', stack: null } },
})

const heatmap: Make = (picture) => ({
  mark: { type: 'rect' },
  transform: binned(picture, [[picture.x, 'x'], [picture.y ?? '', 'y']]),
  encoding: {
    x: { field: 'x0', bin: { binned: true }, title: picture.x, type: 'quantitative' },
    x2: { field: 'x1' },
    y: { field: 'y0', bin: { binned: true }, title: picture.y ?? '', type: 'quantitative' },
    y2: { field: 'y1' },
    color: { field: 'density', type: 'quantitative', scale: { scheme: 'viridis' } },
  },
})

const density: Make = ({ x, color, facet }) => ({
  mark: { type: 'area', line: true, opacity: color === undefined ? 0.6 : 0.3 },
  transform: [{ density: fieldOf(x), groupby: groupsOf(color, facet), as: ['x', 'density'], steps: 200 }],
  encoding: { x: { field: 'x', type: 'quantitative', title: x }, y: { field: 'density', type: 'quantitative', stack: null } },
})

const MAKE: Readonly<Record<Mark, Make>> = { points, lines, histogram, density, heatmap, bars }

/** Counts rows in intervals of some columns, from x0 to x1 and so on, and makes densities of the counts. */
function binned({ bins, color, facet, mark }: Picture, axes: readonly (readonly [string, string])[]): Spec[] {
  const groups = groupsOf(mark === 'heatmap' ? undefined : color, facet)
  const area = axes.map(([, axis]) => `(datum.${axis}1 - datum.${axis}0)`).join(' * ')
  return [
    ...axes.map(([name, axis]) => ({ bin: { maxbins: bins }, field: fieldOf(name), as: [`${axis}0`, `${axis}1`] })),
    { aggregate: [{ op: 'count', as: 'count' }], groupby: [...axes.flatMap(([, axis]) => [`${axis}0`, `${axis}1`]), ...groups] },
    { joinaggregate: [{ op: 'sum', field: 'count', as: 'total' }], groupby: groups },
    { calculate: `datum.count / datum.total / (${area})`, as: 'density' },
  ]
}

const groupsOf = (...names: readonly (string | undefined)[]): string[] => names.filter((name) => name !== undefined).map(fieldOf)

function colorOf({ color = '', mark }: Picture, schema: Schema): Spec {
  const of = channel(color, schema)
  if (of.type !== 'quantitative') return { ...of, scale: { scheme: 'tableau10' } }
  const scale = { scheme: { name: 'plasma', extent: [0, 0.8] } }
  return mark === 'points' ? { ...of, scale } : { ...of, type: 'ordinal', scale }
}

/** Panels of numbers say of what. */
function facetOf(facet: string, columns: number, schema: Schema): Spec {
  const { type, field, title } = channel(facet, schema)
  return { field, type: type === 'quantitative' ? 'ordinal' : type, columns, title: type === 'quantitative' ? title : null }
}

function channel(name: string, { fields }: Schema): { readonly field: string; readonly title: string; readonly type: 'quantitative' | 'temporal' | 'nominal' } {
  const type = fields.find((field) => field.name === name)?.type
  return { field: fieldOf(name), title: name, type: type === undefined ? 'nominal' : isNumber(type) ? 'quantitative' : isTime(type) ? 'temporal' : 'nominal' }
}

/** Vega-Lite reads a dot as the way into an object. */
const fieldOf = (name: string): string => name.replace(/[.[\]\\'"]/g, '\\$&')
