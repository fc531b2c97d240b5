/**
 * Demand without a protocol: how far downstream has room.
 *
 * RxJS has no backpressure. Every asynchronous queue (a lossless sink, an engine operator) owns a
 * gate that closes when the queue is full. Whoever subscribes to a stream on behalf of a queue does
 * so `through` its gate; sources note the gates in force when they are subscribed, and pull only
 * while all of them are open. Operators that hold or drop batches need not know: a queue that is
 * waiting for them is empty, so its gate is open.
 *
 * In flight, per queue: at most its capacity and what one pull expands to.
 */
import { defer, mergeMap, Observable } from 'rxjs'

/** Open, or closed until there is room again. */
export class Gate {
  #waiting: (() => void)[] = []
  #is_open = true

  get is_open(): boolean {
    return this.#is_open
  }

  close(): void {
    this.#is_open = false
  }

  open(): void {
    this.#is_open = true
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  /** Resolves when the gate is open. */
  opened(): Promise<void> {
    return this.#is_open ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }
}

/** Resolves when all gates are open at once; at once if they are. */
export async function allOpen(gates: readonly Gate[]): Promise<void> {
  while (gates.some((gate) => !gate.is_open)) for (const gate of gates) await gate.opened()
}

let inForce: readonly Gate[] = []

/** The gates of the queues on whose behalf the present subscription is made. */
export const gatesInForce = (): readonly Gate[] => inForce

/** Subscribes on behalf of queues: `subscribe` runs with their gates in force. */
export function through<T>(gates: readonly Gate[], subscribe: () => T): T {
  const outer = inForce
  inForce = gates
  try {
    return subscribe()
  } finally {
    inForce = outer
  }
}

/** The same stream, subscribed on behalf of these queues whenever that is. */
export const gated = <T>(gates: readonly Gate[], source: Observable<T>): Observable<T> =>
  new Observable((subscriber) => through(gates, () => source.subscribe(subscriber)))

/** Goes on with the stream that is made of what the first one gives, on behalf of the same queues. */
export const continued = <T, R>(first: Observable<T>, next: (value: T) => Observable<R>): Observable<R> =>
  defer(() => {
    const gates = gatesInForce()
    return first.pipe(mergeMap((value) => gated(gates, next(value))))
  })
