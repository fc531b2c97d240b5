/**
 * The Vega-Lite specification of a picture, out of the names of columns.
 *
 * Densities are shares of the rows of a panel and colour, per unit of x (and of y): samples of
 * different sizes can be compared. Columns of numbers are continuous, but as colour of lines,
 * histograms, densities and bars they tell groups apart. In the data, columns have the names of their
 * channels: names of their own could be words or paths of Vega-Lite's.
 */
import type { Schema } from 'apache-arrow'
import { isNumber, isTime } from '../../arrow/numbers.ts'
import type { Spec } from './render.ts'

export const MARKS = ['points', 'lines', 'histogram', 'density', 'heatmap', 'bars', 'arrows'] as const
export type Mark = (typeof MARKS)[number]

export interface Picture {
  readonly mark: Mark
  readonly x: string
  readonly y?: string | undefined
  /** Of arrows: how far they go. */
  readonly dx?: string | undefined
  readonly dy?: string | undefined
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

type Channel = 'x' | 'y' | 'dx' | 'dy' | 'color' | 'facet'

/** Rows as the specification reads them. */
export const byChannel = (rows: readonly Spec[], picture: Partial<Record<Channel, string | undefined>>): Spec[] =>
  rows.map((row) => Object.fromEntries(CHANNELS.flatMap((channel) => (picture[channel] === undefined ? [] : [[channel, row[picture[channel]]]]))))

const CHANNELS: readonly Channel[] = ['x', 'y', 'dx', 'dy', 'color', 'facet']

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
  encoding: { x: closeTo('x', x, schema), y: closeTo('y', y, schema) },
})

const lines: Make = ({ x, y = '' }, schema) => ({
  mark: { type: 'line', strokeWidth: 2 },
  encoding: { x: closeTo('x', x, schema), y: closeTo('y', y, schema) },
})

const bars: Make = ({ x, y = '', color }, schema) => ({
  mark: { type: 'bar' },
  encoding: {
    x: { ...channelOf('x', x, schema), type: 'ordinal', axis: { labelAngle: 0 } },
    y: { ...channelOf('y', y, schema), stack: null },
    ...(color === undefined ? {} : { xOffset: { field: 'color' } }),
  },
})

/** Of one size, so that short ones can be seen: the colour is the length. */
const arrows: Make = ({ x, y = '', dx = '', dy = '', width, height }, schema, num_rows) => ({
  mark: { type: 'point', shape: 'arrow', filled: true, opacity: 1 },
  transform: [
    { calculate: 'atan2(datum.dx, datum.dy) * 180 / PI', as: 'clockwise_from_up' },
    { calculate: 'sqrt(datum.dx * datum.dx + datum.dy * datum.dy)', as: 'length' },
  ],
  encoding: {
    x: closeTo('x', x, schema),
    y: closeTo('y', y, schema),
    angle: { field: 'clockwise_from_up', type: 'quantitative', scale: { domain: [-180, 180], range: [-180, 180] }, legend: null },
    color: { field: 'length', type: 'quantitative', title: `|${dx}, ${dy}|`, scale: { scheme: 'viridis' } },
    size: { value: Math.max(10, Math.min(400, (3 * width * height) / Math.max(1, num_rows))) },
  },
})

const histogram: Make = (picture) => ({
  mark: { type: 'bar', binSpacing: 0, opacity: picture.color === undefined ? 0.9 : 0.55 },
  transform: binned(picture, ['x']),
  encoding: { ...intervalsOf('x', picture.x), y: { ...DENSITY, stack: null } },
})

const heatmap: Make = (picture) => ({
  mark: { type: 'rect' },
  transform: binned(picture, ['x', 'y']),
  encoding: {
    ...intervalsOf('x', picture.x),
    ...intervalsOf('y', picture.y ?? ''),
    color: { ...DENSITY, scale: { scheme: 'viridis' } },
  },
})

const density: Make = ({ x, color, facet }) => ({
  mark: { type: 'area', line: true, opacity: color === undefined ? 0.6 : 0.3 },
  transform: [{ density: 'x', groupby: groupsOf({ color, facet }), as: ['at', 'density'], steps: 200 }],
  encoding: { x: { field: 'at', type: 'quantitative', title: x }, y: { ...DENSITY, stack: null } },
})

const MAKE: Readonly<Record<Mark, Make>> = { points, lines, histogram, density, heatmap, bars, arrows }

const endsOf = (axis: 'x' | 'y'): readonly [string, string] => [`${axis}_from`, `${axis}_to`]

const DENSITY = { field: 'density', type: 'quantitative', title: 'density' } as const

function intervalsOf(axis: 'x' | 'y', title: string): Spec {
  const [from, to] = endsOf(axis)
  return { [axis]: { field: from, bin: { binned: true }, title, type: 'quantitative' }, [`${axis}2`]: { field: to } }
}

/** Counts rows in intervals of some columns, and makes densities of the counts. */
function binned({ bins, color, facet, mark }: Picture, axes: readonly ('x' | 'y')[]): Spec[] {
  const groups = groupsOf({ facet, color: mark === 'heatmap' ? undefined : color })
  const area = axes.map(endsOf).map(([from, to]) => `(datum.${to} - datum.${from})`).join(' * ')
  return [
    ...axes.map((axis) => ({ bin: { maxbins: bins }, field: axis, as: endsOf(axis) })),
    { aggregate: [{ op: 'count', as: 'row_count' }], groupby: [...axes.flatMap(endsOf), ...groups] },
    { joinaggregate: [{ op: 'sum', field: 'row_count', as: 'total_count' }], groupby: groups },
    { calculate: `datum.row_count / datum.total_count / (${area})`, as: 'density' },
  ]
}

const groupsOf = (groups: Readonly<Record<string, string | undefined>>): string[] => Object.keys(groups).filter((channel) => groups[channel] !== undefined)

function colorOf({ color = '', mark }: Picture, schema: Schema): Spec {
  const of = channelOf('color', color, schema)
  if (of.type !== 'quantitative') return { ...of, scale: { scheme: 'tableau10' } }
  const scale = { scheme: { name: 'plasma', extent: [0, 0.8] } }
  return mark === 'points' ? { ...of, scale } : { ...of, type: 'ordinal', scale }
}

/** Panels of numbers say of what. */
function facetOf(facet: string, columns: number, schema: Schema): Spec {
  const { type, field, title } = channelOf('facet', facet, schema)
  return { field, type: type === 'quantitative' ? 'ordinal' : type, columns, title: type === 'quantitative' ? title : null }
}

/** An axis that begins near its values; of times and words it does so anyway, and takes no word of it. */
function closeTo(channel: 'x' | 'y', name: string, schema: Schema): Spec {
  const of = channelOf(channel, name, schema)
  return of.type === 'quantitative' ? { ...of, scale: { zero: false } } : of
}

function channelOf(channel: Channel, name: string, { fields }: Schema): { readonly field: Channel; readonly title: string; readonly type: 'quantitative' | 'temporal' | 'nominal' } {
  const type = fields.find((field) => field.name === name)?.type
  return { field: channel, title: name, type: type === undefined ? 'nominal' : isNumber(type) ? 'quantitative' : isTime(type) ? 'temporal' : 'nominal' }
}
