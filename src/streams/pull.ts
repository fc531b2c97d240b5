/**
 * Observables over iterators, pulled only while the gates downstream are open.
 *
 * Each subscription opens its own iterator, and closes it when it unsubscribes. The event loop gets
 * its turn at least every few milliseconds, however fast the iterator is.
 */
import { Observable } from 'rxjs'
import { allOpen, gatesInForce } from './gates.ts'

/** Longest stretch, in ms, for which a pull keeps the event loop to itself. */
const MAX_STRETCH_MS = 8

export function fromPull<T>(open: () => AsyncIterator<T> | Iterator<T>): Observable<T> {
  return new Observable((subscriber) => {
    const gates = gatesInForce()
    const ended = new Promise<void>((resolve) => subscriber.add(resolve))
    const pump = async (): Promise<void> => {
      const iterator = open()
      let turn = performance.now()
      try {
        while (!subscriber.closed) {
          if (gates.some((gate) => !gate.is_open)) await Promise.race([allOpen(gates), ended])
          if (performance.now() - turn > MAX_STRETCH_MS) {
            await nextTurn()
            turn = performance.now()
          }
          if (subscriber.closed) break
          const { done, value } = await iterator.next()
          if (done === true) return subscriber.complete()
          subscriber.next(value)
        }
      } finally {
        await iterator.return?.()
      }
    }
    pump().catch((error: unknown) => subscriber.error(error))
  })
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
