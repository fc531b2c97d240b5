/**
 * What diagnostics are taken of: plain arrays on the host, in two layouts.
 *
 * All of them are pure functions of numbers; a draw in them comes from a seed that is given.
 */

/** One variable of several chains of equal length: `values` [chains, draws], a chain after the other. */
export interface Draws {
  readonly values: Float32Array | Float64Array
  readonly chains: number
  readonly draws: number
}

/** Points of a space: `values` [count, dim], a point after the other. */
export interface Points {
  readonly values: Float32Array | Float64Array
  readonly count: number
  readonly dim: number
}
