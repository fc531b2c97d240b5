/**
 * What the coordinates of a particle are called: the columns of a particle stream.
 *
 * A scalar variable is a column of float32; one with a shape is a fixed-size list, row-major.
 */

export interface Variable {
  readonly name: string
  /** Extents of a vector or an image; absent for a scalar. */
  readonly shape?: readonly number[]
}

export const sizeOfVariable = ({ shape }: Variable): number => (shape ?? []).reduce((product, extent) => product * extent, 1)

/** Throws what `invalid` makes of variables that are not those of so many coordinates. */
export function checkVariables(dim: number, variables: readonly Variable[], invalid: (problem: string) => Error): void {
  const coordinates = variables.reduce((sum, variable) => sum + sizeOfVariable(variable), 0)
  if (coordinates !== dim) throw invalid(`the variables have ${coordinates} coordinates, not ${dim}`)
}

/** Above this dimension unnamed coordinates share one list column. */
const MAX_SCALARS = 16

/** `x0`, `x1`, ... up to 16 coordinates, above that one list `x`. */
export function defaultVariables(dim: number): readonly Variable[] {
  return dim > MAX_SCALARS ? [{ name: 'x', shape: [dim] }] : Array.from({ length: dim }, (_, i) => ({ name: `x${i}` }))
}
