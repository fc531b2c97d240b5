/**
 * A stream's rows as a picture: SVG or PNG, by the ending of the path.
 *
 * Points, lines, histograms, densities, heat maps, bars and arrows of columns by name, or any Vega-Lite
 * specification, in which the rows are the data. A keyed uniform sample of at most `rows` rows is
 * drawn: memory does not grow with the stream. The same rows make the same bytes.
 * Errors: plot_invalid, data_column for a column that is not there, sink_exists, sink_path,
 * sink_disk_full, sink_unwritable.
 */
import path from 'node:path'
import { DataType, type RecordBatch, type Schema } from 'apache-arrow'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { hasSteps, stepRuns } from '../arrow/steps.ts'
import { ndjson } from '../arrow/text.ts'
import { keyedDraws } from '../draws.ts'
import { RowSample } from '../row-sample.ts'
import { defineSink, type Writer, type Written } from './contract.ts'
import { PartFile, prepareFile } from './disk.ts'
import { targetOf, type Target } from './paths.ts'
import { pngOf, svgOf, type Spec } from './plot/render.ts'
import { byChannel, MARKS, specOf, WITHOUT_Y } from './plot/spec.ts'

const column = (description: string) => z.string().min(1).optional().meta({ description })

const Config = z.strictObject({
  path: z.string().min(1).meta({ description: 'File to write, relative to the run folder: .svg or .png.' }),
  mark: z.enum(MARKS).default('points').meta({ description: 'What is drawn. histogram, density and heatmap show shares per unit of x (and y), so that samples of different sizes compare; arrows show where dx and dy point to.' }),
  x: column('Column along the horizontal axis.'),
  y: column('Column along the vertical axis; of points, lines, heatmap, bars and arrows.'),
  dx: column('Column of how far an arrow goes along the horizontal axis, as a score does.'),
  dy: column('Column of how far an arrow goes along the vertical axis.'),
  color: column('Column that colours tell apart; not of heatmap and arrows.'),
  facet: column('Column that has a panel for each of its values.'),
  title: z.string().optional().meta({ description: 'Above the picture.' }),
  width: z.int().positive().max(4000).default(400).meta({ description: 'Of a panel.' }),
  height: z.int().positive().max(4000).default(300).meta({ description: 'Of a panel.' }),
  columns: z.int().positive().max(32).default(4).meta({ description: 'Panels beside each other.' }),
  bins: z.int().positive().max(500).default(50).meta({ description: 'Intervals of histogram and heatmap in each direction, at most.' }),
  spec: z.record(z.string(), z.unknown()).optional().meta({ description: 'A Vega-Lite specification in place of mark, columns and sizes. Its data are the stream\'s rows, in layers and panels the data named rows.' }),
  rows: z.int().positive().max(1_000_000).default(10_000).meta({ description: 'Rows drawn at most: a uniform sample of all.' }),
  last_step: z.boolean().default(false).meta({ description: 'Draw the last step alone, of a stream that has steps.' }),
  scale: z.number().positive().max(16).default(2).meta({ description: 'Pixels of a PNG for each unit of the picture.' }),
  overwrite: z.boolean().default(false).meta({ description: 'Replace an existing file.' }),
})
  .refine(({ path: file }) => /\.(svg|png)$/i.test(file), { message: 'the path ends in .svg or .png', path: ['path'] })
  .refine(({ spec, x }) => (spec === undefined) !== (x === undefined), { message: 'give x (and what else is drawn), or a whole spec' })
  .refine(({ spec, mark, y }) => spec !== undefined || (y === undefined) === WITHOUT_Y.has(mark), { message: 'points, lines, heatmap, bars and arrows have a y; histogram and density have none' })
  .refine(({ mark, dx, dy }) => [dx, dy].every((name) => (name !== undefined) === (mark === 'arrows')), { message: 'arrows have dx and dy, and nothing else has' })
  .refine(({ mark, color }) => (mark !== 'heatmap' && mark !== 'arrows') || color === undefined, { message: 'the colours of a heatmap are its density, those of arrows their length: use facet' })

type Options = z.output<typeof Config>

export const plot = defineSink({
  name: 'plot',
  summary: 'Draws the rows of a stream into an SVG or PNG file.',
  config: Config,
  example: 'outputs: [{ from: samples, plot: { path: samples.png, mark: heatmap, x: x0, y: x1 } }]',
  reference: 'Satyanarayan et al. 2017, https://doi.org/10.1109/TVCG.2016.2599030; https://vega.github.io/vega-lite/docs/',
  places: ({ path: file, overwrite }) => ({ paths: [file], overwrite }),
  async open(options, schema, context) {
    const target = targetOf(options.path, context)
    const columns = columnsOf(options, schema)
    await prepareFile(target, options.overwrite)
    await svgOf(withRows(options, schema, [])) // a fault shows now, not after hours
    return new Drawing(target, options, schema, new RowSample(columns, options.rows, keyedDraws(0, `${context.name}/plot`)))
  },
})

/** Columns that are drawn; all of a specification's that are not lists. */
function columnsOf({ spec, x, y, dx, dy, color, facet }: Options, { fields, names }: Schema): string[] {
  if (spec !== undefined) return fields.filter(({ type }) => !DataType.isFixedSizeList(type) && !DataType.isList(type)).map(({ name }) => name)
  const drawn = [...new Set([x, y, dx, dy, color, facet].filter((name) => name !== undefined))]
  const missing = drawn.find((name) => !names.includes(name))
  if (missing !== undefined) throw fail('data_column', { column: missing, problem: `is not there; the stream has ${names.join(', ')}` })
  return drawn
}

function withRows(options: Options, schema: Schema, rows: readonly Spec[]): Spec {
  const { spec, x = '' } = options
  const picture = spec ?? specOf({ ...options, x }, schema, rows.length)
  return { data: { name: 'rows' }, ...picture, datasets: { ...picture.datasets as object, rows: spec === undefined ? byChannel(rows, options) : rows } }
}

class Drawing implements Writer {
  readonly #target: Target
  readonly #options: Options
  readonly #schema: Schema
  readonly #sample: RowSample
  #step: number | undefined
  #file: PartFile | undefined
  #num_rows = 0

  constructor(target: Target, options: Options, schema: Schema, sample: RowSample) {
    this.#target = target
    this.#options = options
    this.#schema = schema
    this.#sample = sample
  }

  write(batch: RecordBatch): Promise<void> {
    this.#num_rows += batch.numRows
    if (this.#options.last_step && hasSteps(batch)) this.#takeSteps(batch)
    else this.#sample.add(batch)
    return Promise.resolve()
  }

  async commit(): Promise<Written> {
    const bytes = await this.#draw()
    this.#file = await PartFile.create(this.#target)
    await this.#file.write([bytes])
    await this.#file.commit()
    return { path: this.#target.relative, num_rows: this.#num_rows, bytes: this.#file.bytes, sha256: this.#file.sha256 }
  }

  async abort(): Promise<void> {
    await this.#file?.abort()
  }

  #takeSteps(batch: RecordBatch): void {
    for (const { step, from, to } of stepRuns(batch)) {
      if (step !== this.#step) this.#sample.clear()
      this.#step = step
      this.#sample.add(batch.slice(from, to))
    }
  }

  async #draw(): Promise<Uint8Array> {
    const svg = await svgOf(withRows(this.#options, this.#schema, objectsOf(this.#sample.batch())))
    return path.extname(this.#target.full).toLowerCase() === '.svg' ? Buffer.from(svg) : pngOf(svg, this.#options.scale)
  }
}

/** Values as JSON has them, times as ISO 8601: what Vega-Lite takes. */
const objectsOf = (batch: RecordBatch | undefined): Spec[] =>
  (batch === undefined ? [] : ndjson(batch).split('\n').slice(0, batch.numRows).map((line) => JSON.parse(line) as Spec))
