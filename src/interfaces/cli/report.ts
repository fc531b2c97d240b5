/** An error at the end of a command: two lines for whoever called it, and the exit code. */
import { CommanderError } from 'commander'
import { EXIT, exitCodeOf, failureOf, type Failure } from './exit.ts'

export function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.misconfigured // it has spoken: help, or the version
  const failure = failureOf(error)
  process.stderr.write(failureLines(failure))
  tellStack(error)
  return exitCodeOf(failure.code)
}

/** For those who look for the fault in heatbath. */
export function tellStack(error: unknown): void {
  if (process.env.HEATBATH_DEBUG === '1') process.stderr.write(`${stackOf(error)}\n`)
}

export const failureLines = ({ code, message, hint }: Failure): string =>
  `heatbath: ${code}: ${message}\n${hint === '' ? '' : `hint: ${hint}\n`}`

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return `${error.stack}${error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`}`
}
