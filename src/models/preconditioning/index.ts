import { edm } from './edm.ts'
import { gaussianTilt } from './gaussian-tilt.ts'
import { none } from './none.ts'

export const preconditionings = [edm, gaussianTilt, none] as const
