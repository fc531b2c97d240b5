/** What the parts of a checked pipeline are asked: each check reports the faults that it finds. */
import { HeatbathError, type Code } from '../../errors.ts'
import type { Declared } from '../../unit.ts'
import type { PartDeclaration, PipelineDeclaration } from '../declaration.ts'
import { instantiate } from '../instantiate.ts'
import { issue, type Issue, type Path, type Place } from '../issues.ts'

export type Locate = (path: Path, what?: 'key' | 'value') => Place

export interface ReportOptions {
  /** What to do about it; that of the code unless given. */
  readonly hint?: string
  /** Where the fault stands: `value` unless given. */
  readonly what?: 'key' | 'value'
  /** `error` unless given. */
  readonly severity?: Issue['severity']
}

export type Report = (code: Code, path: Path, message: string, options?: ReportOptions) => void

export type Check = (pipeline: PipelineDeclaration, report: Report) => void

/** A component, made; undefined, and reported, if it does not let itself be made. */
export const made = <T>(part: PartDeclaration, report: Report): Declared<T> | undefined => attempted(part, report, () => instantiate<T>(part))

/** What is made of a component; undefined, and reported, where that fails. */
export function attempted<T>(part: PartDeclaration, report: Report, make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof HeatbathError)) throw error
    return void report(error.code, part.path, error.message, { hint: error.hint, what: 'key' })
  }
}

/** Whether a part that works on an energy or a model names one of them; reported where it names none, or both. */
export function namesSubject(part: PartDeclaration, report: Report): boolean {
  const isSo = (part.config.model === undefined) !== (part.parts.energy === undefined)
  if (!isSo) report('pipeline_missing', part.path, `${part.unit.name} has either an energy or a model`, { hint: '', what: 'key' })
  return isSo
}

/** Collects what is reported. */
export function reporter(locate: Locate): { readonly issues: Issue[]; readonly report: Report } {
  const issues: Issue[] = []
  return {
    issues,
    report: (code, path, message, { hint, what = 'value', severity = 'error' } = {}) => void issues.push(issue(code, locate(path, what), path, message, hint, severity)),
  }
}
