/** Normal numbers on the host: number i of a row is a pure function of the key, the row and i. */
import { boxMullerOnHost } from './normal.ts'
import { DRAW_ROUNDS, hostWords, threefry2x32 } from './threefry.ts'

/** Standard normal numbers 0 to `count`, itself excluded, of a row below 2^32. */
export const hostNormals = (key: readonly [number, number], count: number, row = 0): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => boxMullerOnHost(threefry2x32(hostWords, key, [i >> 1, row], DRAW_ROUNDS), i & 1))
