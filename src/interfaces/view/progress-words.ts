/** What a stream does, in a few words: for lines, and for the screen. */
import { clock, count, short } from './amounts.ts'
import { secondsLeft, type StreamState } from './run-state.ts'

export function progressWords(stream: StreamState, now: number): string[] {
  const { step, steps, epoch, epochs, loss, learning_rate, rows, rows_per_s } = stream
  const left = secondsLeft(stream, now)
  const is_training = loss !== undefined // one row to a step
  return [
    ...(step === undefined ? [] : [`step ${step}${steps === undefined ? '' : `/${steps}`}`]),
    ...(epoch === undefined ? [] : [`epoch ${epoch.toFixed(2)}${epochs === undefined ? '' : `/${epochs}`}`]),
    ...(loss === undefined ? [] : [`loss ${short(loss)}`]),
    ...(rows === 0 ? [] : [`${count(rows)} rows`]),
    ...(rows_per_s === 0 ? [] : [`${count(Math.round(rows_per_s))} ${is_training ? 'steps' : 'rows'}/s`]),
    ...(left === undefined ? [] : [`${clock(left)} left`]),
    ...(learning_rate === undefined ? [] : [`rate ${short(learning_rate)}`]),
  ]
}
