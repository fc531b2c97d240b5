/**
 * Total variation distance of two samples of categories: ½ Σ |p_k − q_k| over their shares; NaN if one is empty.
 *
 * 0 of equal shares, 1 where no category is in both. Of two samples of n out of one law over K categories it is about √(K/(πn)) at most.
 */
export function totalVariation(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return NaN
  const differences = new Map<string, number>()
  const add = (category: string, share: number): unknown => differences.set(category, (differences.get(category) ?? 0) + share)
  for (const category of a) add(category, b.length)
  for (const category of b) add(category, -a.length)
  let sum = 0
  for (const difference of differences.values()) sum += Math.abs(difference) // whole numbers: equal shares leave nothing
  return sum / (2 * a.length * b.length)
}
