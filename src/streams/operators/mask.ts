/**
 * Makes nulls: of named columns, or of a rectangle of the images of a column.
 *
 * What is left of a row may then be completed by `impute`. Types stay as they are; fields and items become
 * nullable. Values stay where they were, below the nulls. Errors: data_column for a column that is not there, for one that
 * holds no images (its field needs heatbath.shape [height, width] or [height, width, channels]), and for a region that reaches out of them.
 */
import { Data, DataType, Field, FixedSizeList, Schema, type RecordBatch } from 'apache-arrow'
import { map, type MonoTypeOperatorFunction } from 'rxjs'
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { parseConfig } from '../../unit.ts'
import { isSet, validBits } from '../arrow/bits.ts'
import { recordBatch } from '../arrow/columns.ts'
import { columnOf } from '../arrow/read.ts'
import { defineOperator } from './contract.ts'

const Pixels = z.int().positive().optional()

const Region = z.strictObject({
  column: z.string().default('x').meta({ description: 'Column of images.' }),
  top: z.int().nonnegative().default(0).meta({ description: 'Rows of pixels above the rectangle.' }),
  left: z.int().nonnegative().default(0).meta({ description: 'Columns of pixels left of it.' }),
  height: Pixels.meta({ description: 'Its height; down to the edge unless given.' }),
  width: Pixels.meta({ description: 'Its width; to the right edge unless given.' }),
})

const Config = z.strictObject({
  columns: z.array(z.string()).default([]).meta({ description: 'Columns that become null.' }),
  region: Region.optional().meta({ description: 'A rectangle of images that becomes null.' }),
}).refine(({ columns, region }) => columns.length > 0 || region !== undefined, { message: 'name columns, or a region of images' })

export type MaskOptions = z.input<typeof Config>

export function mask(options: MaskOptions): MonoTypeOperatorFunction<RecordBatch> {
  const { columns, region } = parseConfig('mask', Config, options)
  return map((batch) => {
    const nulls = columns.reduce((rows, column) => replaced(rows, column, (field, data) => [nullable(field), allNull(data)]), batch)
    return region === undefined ? nulls : replaced(nulls, region.column, (field, data) => withHole(field, data, region))
  })
}

export const maskOperator = defineOperator({
  name: 'mask',
  summary: 'Makes nulls of columns, or of a rectangle of images.',
  config: Config,
  example: 'through: [{ mask: { region: { column: x, height: 1, width: 1 } } }]',
  reference: 'Rubin 1976, https://doi.org/10.1093/biomet/63.3.581',
  build: (options) => mask(options),
})

function replaced(batch: RecordBatch, name: string, change: (field: Field, data: Data) => readonly [Field, Data]): RecordBatch {
  const { schema, numRows, data: { children } } = batch
  columnOf(batch, name)
  const changed = schema.fields.map((field, i) => (field.name === name ? change(field, children[i] as Data) : [field, children[i] as Data] as const))
  return recordBatch(new Schema(changed.map(([field]) => field), schema.metadata), numRows, changed.map(([, data]) => data))
}

const nullable = ({ name, type, metadata }: Field): Field => new Field(name, type, true, metadata)

const allNull = (data: Data): Data => {
  const { type, offset, length, valueOffsets, values, typeIds, children, dictionary } = data
  const bits = new Uint8Array(Math.ceil((offset + length) / 8))
  return new Data(type, offset, length, length, [valueOffsets, values, bits, typeIds] as unknown as Data['buffers'], children, dictionary)
}

function withHole(field: Field, data: Data, region: z.output<typeof Region>): readonly [Field, Data] {
  const { name, type, metadata } = field
  const isHole = holeOf(field, region)
  const child = data.children[0] as Data
  const size = isHole.length
  const bits = new Uint8Array(Math.ceil((data.length * size) / 8))
  const known = validBits(child)
  for (let i = 0; i < data.length * size; i++) {
    if (isHole[i % size] === 0 && (known === undefined || isSet(known, i))) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  }
  const item = new Data(child.type, 0, data.length * size, -1, [undefined, (child.values as Uint8Array).subarray(0, data.length * size), bits] as unknown as Data['buffers'])
  const listType = new FixedSizeList(size, new Field('item', (type as FixedSizeList).valueType as DataType, true))
  const validity = validBits(data)
  const list = new Data(listType, 0, data.length, validity === undefined ? 0 : -1, [undefined, undefined, validity] as unknown as Data['buffers'], [item])
  return [new Field(name, listType, field.nullable, metadata), list]
}

/** 1 for each number of an image that lies in the region. */
function holeOf({ name, type, metadata }: Field, { top, left, height, width }: z.output<typeof Region>): Uint8Array {
  const [rows = 0, columns = 0, channels = 1] = JSON.parse(metadata.get('heatbath.shape') ?? '[]') as number[]
  if (!DataType.isFixedSizeList(type) || type.listSize !== rows * columns * channels) throw fail('data_column', { column: name, problem: `is ${type}, not images (its field needs heatbath.shape [height, width] or [height, width, channels])` })
  const [bottom, right] = [height === undefined ? rows : top + height, width === undefined ? columns : left + width]
  if (top >= rows || left >= columns || bottom > rows || right > columns) throw fail('data_column', { column: name, problem: `holds images of ${rows} by ${columns} pixels, which the region reaches out of` })
  return Uint8Array.from({ length: type.listSize }, (_, i) => {
    const [y, x] = [Math.floor(i / (columns * channels)), Math.floor(i / channels) % columns]
    return y >= top && y < bottom && x >= left && x < right ? 1 : 0
  })
}
