/**
 * Columns by which two streams can be compared: of particles their variables, of rows all columns,
 * if they are of numbers, of fixed-size lists of them, of booleans, of times or of text.
 */
import { DataType, Vector, type Field, type RecordBatch, type Schema } from 'apache-arrow'
import { unitNumbers } from './bytes.ts'
import { isNumeric, isTime, numbersOf, type ColumnNumbers } from './numbers.ts'
import { columnOf } from './read.ts'
import { variableNames } from './variable-names.ts'

export interface Comparable {
  readonly field: Field
  readonly name: string
  /** Columns of one kind can be compared, though their types may differ: numbers and booleans; times of one unit; text. */
  readonly kind: string
}

/** The columns that can be compared, in their order. */
export function comparableColumns(schema: Schema): readonly Comparable[] {
  let found = COMPARABLE.get(schema)
  if (found === undefined) {
    const own = new Set(variableNames(schema.names as string[]))
    found = schema.fields.filter(({ name }) => own.has(name)).flatMap((field: Field) => {
      const kind = kindOf(field.type)
      return kind === undefined ? [] : [{ field, name: field.name, kind }]
    })
    COMPARABLE.set(schema, found)
  }
  return found
}

/** All batches of a stream have one schema. */
const COMPARABLE = new WeakMap<Schema, readonly Comparable[]>()

function kindOf(type: DataType): string | undefined {
  if (isNumeric(type) || DataType.isBool(type)) return 'number'
  if (isTime(type)) return `time ${type.typeId} in ${(type as DataType & { readonly unit: number }).unit}`
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type) || (DataType.isDictionary(type) && kindOf(type.dictionary as DataType) === 'text') ? 'text' : undefined
}

/** The numbers of a column that can be compared, times in their own unit, images of bytes from 0 to 1; of text its values, with nulls. */
export const comparableValues = (batch: RecordBatch, { field, name, kind }: Comparable): ColumnNumbers | Vector =>
  kind === 'text' ? new Vector([columnOf(batch, name)]) : unitNumbers(field, numbersOf(columnOf(batch, name)) as ColumnNumbers)
