import { edm } from './edm.ts'
import { flow } from './flow.ts'
import { gaussianTilt } from './gaussian-tilt.ts'
import { none } from './none.ts'

export const preconditionings = [edm, flow, gaussianTilt, none] as const
