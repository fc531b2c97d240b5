/** All that a recording has. */
import type { RecordBatch } from 'apache-arrow'
import type { Recording } from './contract.ts'

export async function readAll(recording: Recording): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = []
  for await (const batch of recording.read(0)) batches.push(batch)
  return batches
}
