/**
 * Exit codes, as orchestrators read them: 1 may be tried again, 78 not before something is changed,
 * 99 is no failure (Airflow: skipped), 130 and 143 end a run that `heatbath resume` goes on with.
 */
import { HeatbathError, type Code } from '../../errors.ts'

export const EXIT = { ok: 0, failed: 1, misconfigured: 78, nothing_to_do: 99, SIGINT: 130, SIGTERM: 143 } as const

export type Signal = 'SIGINT' | 'SIGTERM'

/** Codes of faults that lie in the call or the declaration, and are there again at the next try. */
const MISCONFIGURED = /^(command|component|config|pipeline|preview)_/
const MISCONFIGURED_CODES: ReadonlySet<string> = new Set<Code>([
  'run_exists', 'run_active', 'run_missing', 'checkpoint_missing', 'checkpoint_invalid', 'sampler_needs', 'loss_needs', 'energy_invalid', 'model_taken', 'model_missing', 'model_noise', 'model_component', 'model_choice', 'class_column', 'class_unknown', 'net_missing', 'net_unfit',
  'sql_invalid', 'sql_statement', 'sql_parameter', 'sql_forbidden', 'sql_column',
  'sink_exists', 'sink_path', 'sink_column', 'sink_compression',
  'server_token_missing', 'server_tls_invalid', 'server_origin_invalid', 'server_host_unknown', 'serve_empty',
])

export const exitCodeOf = (code: string | undefined): number =>
  code !== undefined && (MISCONFIGURED.test(code) || MISCONFIGURED_CODES.has(code)) ? EXIT.misconfigured : EXIT.failed

/** How an error is told: a code, a sentence, what to do. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly hint: string
}

export function failureOf(error: unknown): Failure {
  if (error instanceof HeatbathError) return { code: error.code, message: error.message, hint: error.hint }
  return failureOf(new HeatbathError('internal_error', { problem: error instanceof Error ? error.message : String(error) }))
}
