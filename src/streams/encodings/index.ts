import { categories } from './categories.ts'
import { table } from './table.ts'
import { values } from './values.ts'

export const encodings = [categories, table, values] as const
