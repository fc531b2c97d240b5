/** Rows of coordinates, and which of them are whole. */

/** The rows of these numbers, copied. */
export function pickRows(coordinates: Float32Array, rows: ArrayLike<number>, dim: number): Float32Array {
  const picked = new Float32Array(rows.length * dim)
  for (let i = 0; i < rows.length; i++) picked.set(coordinates.subarray((rows[i] as number) * dim, ((rows[i] as number) + 1) * dim), i * dim)
  return picked
}

/** 1 for each row whose coordinates are all finite. */
export function finiteRows(coordinates: Float32Array, dim: number): Uint8Array {
  return Uint8Array.from({ length: coordinates.length / dim }, (_, row) => {
    for (let at = row * dim; at < (row + 1) * dim; at++) if (!Number.isFinite(coordinates[at])) return 0
    return 1
  })
}
