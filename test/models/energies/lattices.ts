/** Lattices by hand: bonds and states one by one, for enumeration. */

/** Pairs of neighbours on a ring or a torus, each once. */
export function bondsOf(sites: readonly number[]): [number, number][] {
  const [rows, columns] = sites.length === 1 ? [1, sites[0] as number] : sites as readonly [number, number]
  const at = (row: number, column: number): number => (row % rows) * columns + (column % columns)
  const all = Array.from({ length: rows * columns }, (_, site) => [Math.floor(site / columns), site % columns] as const)
  return all.flatMap(([row, column]) => [
    [at(row, column), at(row, column + 1)] as [number, number],
    ...(sites.length === 1 ? [] : [[at(row, column), at(row + 1, column)] as [number, number]]),
  ])
}

/** All states of coordinates that take some values. */
export const statesOf = (values: readonly number[], dim: number): number[][] =>
  Array.from({ length: values.length ** dim }, (_, n) => Array.from({ length: dim }, (__, i) => values[Math.floor(n / values.length ** i) % values.length] as number))

/** Means of a Boltzmann distribution over states. */
export function meansOver(states: readonly (readonly number[])[], energy: (x: readonly number[]) => number, temperature: number): (f: (x: readonly number[]) => number) => number {
  const weights = states.map((x) => Math.exp(-energy(x) / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return (f) => states.reduce((sum, x, k) => sum + f(x) * (weights[k] as number), 0) / total
}
