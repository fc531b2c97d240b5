import { table } from './table.ts'
import { values } from './values.ts'

export const encodings = [table, values] as const
