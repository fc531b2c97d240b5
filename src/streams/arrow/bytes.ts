/** Bytes as numbers from 0 to 1: what models see of them, what is compared and what is drawn. */
import { DataType, Type, type Field } from 'apache-arrow'
import type { ColumnNumbers } from './numbers.ts'

/** The largest byte: what bytes are divided by. */
export const BYTE = 255

/** uint8, or lists of it. */
export const isBytes = (type: DataType): boolean =>
  (DataType.isFixedSizeList(type) ? isBytes(type.valueType as DataType) : DataType.isInt(type) && type.typeId === Type.Int && type.bitWidth === 8 && !type.isSigned)

/** Whether a column holds images of bytes: other bytes may count something. */
export const isByteImage = ({ type, metadata }: Field): boolean => isBytes(type) && metadata.has('heatbath.shape')

/** The numbers of a column, those of images of bytes from 0 to 1. */
export function unitNumbers(field: Field, numbers: ColumnNumbers): ColumnNumbers {
  if (!isByteImage(field)) return numbers
  const values = new Float32Array(numbers.values.length)
  for (let i = 0; i < values.length; i++) values[i] = (numbers.values[i] as number) / BYTE
  return { ...numbers, values }
}
