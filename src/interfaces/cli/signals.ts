/**
 * SIGINT and SIGTERM while a run goes on: the first ends it after a checkpoint, the second at once.
 */
import { EXIT, type Signal } from './exit.ts'

export interface Stop {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** The signal that came, if one did. */
  by(): Signal | undefined
  dispose(): void
}

export function stopOnSignal(onFirst: (signal: Signal) => void, onSecond: () => void): Stop {
  const controller = new AbortController()
  let first: Signal | undefined
  const handle = (signal: Signal) => (): void => {
    if (first !== undefined) {
      onSecond()
      process.exit(EXIT[signal])
    }
    first = signal
    onFirst(signal)
    controller.abort()
  }
  const handlers = (['SIGINT', 'SIGTERM'] as const).map((signal) => [signal, handle(signal)] as const)
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return {
    signal: controller.signal,
    by: () => first,
    dispose() {
      for (const [signal, handler] of handlers) process.off(signal, handler)
    },
  }
}
