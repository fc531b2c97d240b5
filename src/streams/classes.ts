/**
 * Classes in tables: the column that names them, read as their numbers and written as their names.
 *
 * Categories are text, booleans, dictionaries of either, or whole numbers. A null is a row of no known class.
 * Errors: data_column for a column that is not there or not of categories, data_category naming column
 * and row for a class that was not there when the classes were fitted.
 */
import { DataType, Field, Int32, Utf8, Bool, Vector, type Data, type RecordBatch } from 'apache-arrow'
import { fail } from '../errors.ts'
import { NO_CLASS, type Classes, type ClassValue } from '../models/classes.ts'
import { boolColumn, int32Column, utf8Column } from './arrow/columns.ts'
import { columnOf } from './arrow/read.ts'
import { isCategorical } from './encodings/columns/category.ts'

/** What a model's declaration says of its classes. */
export type DeclaredClasses = Omit<Classes, 'values'>

/** The column of the coordinates' batch that holds the numbers of classes, float32. */
export const CLASS = 'class'

/** So many are no classes but a number. */
const MOST_CLASSES = 1000

/** The classes of sampled rows, in order. */
export function fitClasses(declared: DeclaredClasses, rows: RecordBatch): Classes {
  const { column } = declared
  const found = new Set(valuesOf(rows, column).filter((value) => value !== null))
  if (found.size === 0) throw fail('data_column', { column, problem: 'is null in all rows that were looked at: it names no class' })
  if (found.size > MOST_CLASSES) throw fail('data_column', { column, problem: `has ${found.size} values among the rows that were looked at; a model tells ${MOST_CLASSES} classes apart at most` })
  return { ...declared, values: [...found].sort((a, b) => (a < b ? -1 : 1)) }
}

/** Numbers of the rows' classes; where others are to be marked, NaN for a class that is not known. */
export function classNumbers(batch: RecordBatch, { column, values }: Classes, { first_row, invalid }: { readonly first_row: number; readonly invalid: 'error' | 'mark' }): Float32Array {
  const numbers = new Map<unknown, number>(values.map((value, k) => [value, k]))
  return Float32Array.from(valuesOf(batch, column), (value, row) => {
    if (value === null) return NO_CLASS
    const number = numbers.get(value)
    if (number === undefined && invalid === 'error') throw fail('data_category', { column, value: JSON.stringify(value), row: first_row + row })
    return number ?? NaN
  })
}

/** The field that names classes. */
export function classField({ column, values: [first] }: Classes): Field {
  return new Field(column, typeof first === 'string' ? new Utf8() : typeof first === 'boolean' ? new Bool() : new Int32(), false)
}

/** A column of classes by their values. */
export function classColumn(values: readonly ClassValue[]): Data {
  const [first] = values
  if (typeof first === 'string') return utf8Column(values as string[])
  return typeof first === 'boolean' ? boolColumn(Uint8Array.from(values, Number)) : int32Column(Int32Array.from(values as number[]))
}

function valuesOf(batch: RecordBatch, column: string): (ClassValue | null)[] {
  const data = columnOf(batch, column)
  if (!isCategorical(data.type) && !DataType.isInt(data.type)) throw fail('data_column', { column, problem: `is ${data.type}, not classes: text, booleans or whole numbers` })
  const vector = new Vector([data])
  return Array.from({ length: data.length }, (_, row) => {
    const value = vector.get(row) as ClassValue | bigint | null
    return typeof value === 'bigint' ? Number(value) : value
  })
}
