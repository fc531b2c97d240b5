/**
 * Reads its source again and again, so many epochs.
 *
 * Each epoch is one subscription to the source, the next begins when the one before has completed;
 * all are made on behalf of the queues of the first. 0 epochs never subscribe. An epoch without
 * rows is the last: an empty source does not repeat for ever.
 */
import type { RecordBatch } from 'apache-arrow'
import { Observable, Subject, takeUntil, type MonoTypeOperatorFunction } from 'rxjs'
import { z } from 'zod'
import { parseConfig } from '../../unit.ts'
import { gatesInForce, through } from '../gates.ts'
import { defineOperator } from './contract.ts'

const Config = z.strictObject({
  epochs: z.union([z.int().nonnegative(), z.literal('infinite')]).meta({ description: 'How often the source is read, or `infinite`.' }),
})

export function repeat(epochs: number | 'infinite'): MonoTypeOperatorFunction<RecordBatch> {
  parseConfig('repeat', Config, { epochs })
  const last = epochs === 'infinite' ? Infinity : epochs
  return (source) => new Observable((subscriber) => {
    const gates = gatesInForce()
    const left = new Subject<void>()
    subscriber.add(() => left.next())
    let epoch = 0
    let has_rows = true
    const go = (): void => {
      let has_ended = true
      while (has_ended && !subscriber.closed) { // a loop, since a synchronous source completes while it is subscribed
        if (epoch === last || !has_rows) return subscriber.complete()
        epoch++
        has_rows = false
        has_ended = false
        let is_subscribing = true
        through(gates, () => source.pipe(takeUntil(left)).subscribe({
          next: (batch) => {
            has_rows ||= batch.numRows > 0
            subscriber.next(batch)
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            has_ended = true
            if (!is_subscribing) go()
          },
        }))
        is_subscribing = false
      }
    }
    go()
  })
}

export const repeatOperator = defineOperator({
  name: 'repeat',
  summary: 'Reads its source several times, one epoch after the other.',
  config: Config,
  example: 'streams: { rows: { source: two_moons, through: [{ repeat: { epochs: 8 } }] } }',
  reference: 'RxJS repeat: https://rxjs.dev/api/operators/repeat',
  build: ({ epochs }) => repeat(epochs),
})
