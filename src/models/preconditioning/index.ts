import { edm } from './edm.ts'
import { none } from './none.ts'

export const preconditionings = [edm, none] as const
