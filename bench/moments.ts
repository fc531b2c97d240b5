/** Numbers by which cases check what they computed. */
import type { RecordBatch } from 'apache-arrow'

/** Mean of x² over all coordinates of all particles. */
export function secondMoment(batches: readonly RecordBatch[]): number {
  let [sum, count] = [0, 0]
  for (const batch of batches) {
    for (const [i, field] of batch.schema.fields.entries()) {
      if (!/^x\d*$/.test(field.name)) continue
      const data = batch.data.children[i]
      const values = (data?.children[0]?.values ?? data?.values) as Float32Array
      for (const value of values) sum += value * value
      count += values.length
    }
  }
  if (count === 0) throw new Error('no particles came out')
  return sum / count
}
