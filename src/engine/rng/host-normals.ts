/** Normal numbers on the host: number i is a pure function of the key and i. */
import { boxMullerOnHost } from './normal.ts'
import { DRAW_ROUNDS, hostWords, threefry2x32 } from './threefry.ts'

/** Standard normal numbers `from` to `from + count`, itself excluded. */
export function hostNormals(key: readonly [number, number], count: number, from = 0): Float64Array {
  return Float64Array.from({ length: count }, (_, at) => {
    const i = from + at
    return boxMullerOnHost(threefry2x32(hostWords, key, [i >> 1, 0], DRAW_ROUNDS), i & 1)
  })
}
