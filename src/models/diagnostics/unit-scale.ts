/** Two sets of points, each coordinate divided by its standard deviation over both; one that never changes is left as it is. */
import { varianceOf } from './chains.ts'
import type { Points } from './contract.ts'

export function atUnitScale(a: Points, b: Points): readonly [Points, Points] {
  const { dim } = a
  const column = ({ values, count }: Points, k: number): number[] => Array.from({ length: count }, (_, i) => values[i * dim + k] as number)
  const scales = Array.from({ length: dim }, (_, k) => Math.sqrt(varianceOf([...column(a, k), ...column(b, k)])) || 1)
  const divided = (points: Points): Points =>
    ({ ...points, values: Float64Array.from(points.values, (value, i) => value / (scales[i % dim] as number)) })
  return [divided(a), divided(b)]
}
