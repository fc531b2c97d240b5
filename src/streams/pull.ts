/**
 * Observables over iterators, pulled only while the gates downstream are open.
 *
 * Each subscription opens its own iterator, and closes it when it unsubscribes. The event loop gets
 * its turn at least every few milliseconds, however fast the iterator is.
 */
import { Observable } from 'rxjs'
import { allOpen, gatesInForce } from './gates.ts'
import { Turns } from './turns.ts'

export function fromPull<T>(open: () => AsyncIterator<T> | Iterator<T>): Observable<T> {
  return new Observable((subscriber) => {
    const gates = gatesInForce()
    const ended = new Promise<void>((resolve) => subscriber.add(resolve))
    const pump = async (): Promise<void> => {
      const iterator = open()
      const turns = new Turns()
      try {
        while (!subscriber.closed) {
          if (gates.some((gate) => !gate.is_open)) await Promise.race([allOpen(gates), ended])
          await turns.give()
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
