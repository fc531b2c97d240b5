/** What of a batch can be drawn: images, the first two coordinates that are numbers, losses. */
import type { Data, Field, RecordBatch } from 'apache-arrow'
import { isParticles, variableNames } from '../../../streams/arrow/variable-names.ts'
import type { Images } from './picture.ts'

export type Drawable =
  | { readonly images: Images }
  | { readonly names: readonly string[]; readonly x: ArrayLike<number>; readonly y?: ArrayLike<number> }

/** Undefined for a batch that holds no particles. */
export function drawable(batch: RecordBatch): Drawable | undefined {
  const variables = variablesOf(batch)
  const image = variables.find(isImage)
  if (image !== undefined) return { images: imagesOf(batch, image) }
  const [x, y] = variables.flatMap((field) => {
    const values = numbersOf(batch, field)
    return values === undefined ? [] : [{ name: field.name, values }]
  })
  if (x === undefined) return undefined
  return y === undefined ? { names: [x.name], x: x.values } : { names: [x.name, y.name], x: x.values, y: y.values }
}

/** The losses of a training stream, a step each; none for another stream. */
export function lossesIn(batch: RecordBatch): Iterable<number> {
  const { names } = batch.schema
  return names.includes('learning_rate') ? ((batch.getChild('loss') ?? []) as Iterable<number>) : []
}

function variablesOf({ schema: { fields, names } }: RecordBatch): Field[] {
  const own = isParticles(names as string[]) ? variableNames(names as string[]) : []
  return fields.filter(({ name }) => own.includes(name as string))
}

const shapeOf = ({ metadata }: Field): number[] => JSON.parse(metadata.get('heatbath.shape') ?? '[]') as number[]

const isImage = (field: Field): boolean => {
  const [height = 0, width = 0, channels = 1, ...others] = shapeOf(field)
  return height > 1 && width > 1 && (channels === 1 || channels === 3) && others.length === 0
}

function imagesOf(batch: RecordBatch, field: Field): Images {
  const [height = 1, width = 1, channels = 1] = shapeOf(field)
  const child = columnOf(batch, field)?.children[0] as Data
  return { values: child.values as Float32Array, height, width, channels, count: batch.numRows }
}

/** Without a copy where the column is of 32-bit or smaller numbers. */
function numbersOf(batch: RecordBatch, field: Field): ArrayLike<number> | undefined {
  const values = columnOf(batch, field)?.values as unknown
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Array.from(values.subarray(0, batch.numRows), Number)
  const is_number = values instanceof Float32Array || values instanceof Float64Array || values instanceof Int32Array || values instanceof Int16Array
    || values instanceof Int8Array || values instanceof Uint32Array || values instanceof Uint16Array
  return is_number && field.type.typeId !== DICTIONARY ? values.subarray(0, batch.numRows) : undefined
}

/** Arrow's number for dictionary types, whose values are categories. */
const DICTIONARY = -1

const columnOf = (batch: RecordBatch, field: Field): Data | undefined => batch.data.children[batch.schema.fields.indexOf(field)]
