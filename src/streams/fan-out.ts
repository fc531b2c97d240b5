/**
 * One stream for several consumers, read once.
 *
 * Consumers subscribe first; `connect` then subscribes to the source, on behalf of the queues of all
 * of them. A consumer that leaves no longer holds the others back; when all have left, so does the
 * source's subscription.
 */
import { Observable, Subject, type Subscription } from 'rxjs'
import { gatesInForce, through, type Gate } from './gates.ts'

export class FanOut<T> {
  /** The stream, as each consumer sees it. */
  readonly stream$: Observable<T>
  readonly #source: Observable<T>
  readonly #subject = new Subject<T>()
  /** Of all present consumers; the source looks at it anew before each pull. */
  readonly #gates: Gate[] = []
  #subscription: Subscription | undefined
  #consumers = 0

  constructor(source: Observable<T>) {
    this.#source = source
    this.stream$ = new Observable((subscriber) => {
      const gates = gatesInForce()
      this.#gates.push(...gates)
      this.#consumers++
      subscriber.add(() => {
        for (const gate of gates) this.#gates.splice(this.#gates.indexOf(gate), 1)
        if (--this.#consumers === 0) this.#subscription?.unsubscribe()
        for (const gate of gates) gate.open() // whoever waits for it looks again
      })
      return this.#subject.subscribe(subscriber)
    })
  }

  connect(): void {
    this.#subscription ??= through(this.#gates, () => this.#source.subscribe(this.#subject))
  }
}
