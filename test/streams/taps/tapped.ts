/** Hubs with a stream, and what their taps give. */
import type { RecordBatch } from 'apache-arrow'
import { Subject } from 'rxjs'
import { Hub, type Tap, type TapOptions } from '../../../src/streams/taps/index.ts'

/** A hub with one stream, and what feeds it. */
export function started(phases?: readonly { readonly streams: readonly string[] }[]): { hub: Hub; batches$: Subject<RecordBatch> } {
  const hub = new Hub(phases)
  const batches$ = new Subject<RecordBatch>()
  hub.watch('particles', batches$)
  return { hub, batches$ }
}

export async function taken(tap: Tap): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = []
  for await (const batch of tap) batches.push(batch)
  return batches
}

/** What a tap gives that is opened before the first batch and read after the last. */
export async function tapped(batches: Iterable<RecordBatch>, options: TapOptions = {}): Promise<{ seen: RecordBatch[]; tap: Tap; hub: Hub }> {
  const { hub, batches$ } = started()
  const tap = hub.tap('particles', options)
  for (const batch of batches) batches$.next(batch)
  batches$.complete()
  return { seen: await taken(tap), tap, hub }
}
