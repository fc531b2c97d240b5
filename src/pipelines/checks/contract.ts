/** What the parts of a checked pipeline are asked: each check reports the faults that it finds. */
import type { Code } from '../../errors.ts'
import type { PipelineDeclaration } from '../declaration.ts'
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

/** Collects what is reported. */
export function reporter(locate: Locate): { readonly issues: Issue[]; readonly report: Report } {
  const issues: Issue[] = []
  return {
    issues,
    report: (code, path, message, { hint, what = 'value', severity = 'error' } = {}) => void issues.push(issue(code, locate(path, what), path, message, hint, severity)),
  }
}
