/** A pipeline file for a verb that needs it whole. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fail } from '../../errors.ts'
import type { Catalogue } from '../../pipelines/catalogue.ts'
import type { PipelineDeclaration } from '../../pipelines/declaration.ts'
import { formatIssue, isError, type Issue } from '../../pipelines/issues.ts'
import { lint, type Linted } from '../../pipelines/lint.ts'
import { environment, reasonOf, redactor, type Redact } from './secrets.ts'

export interface ReadOptions {
  readonly set?: readonly string[]
  readonly envFile?: string
  /** Load what the pipeline imports. */
  readonly trust: boolean
  /** Folder that imports start from; that of the file unless given. */
  readonly folder?: string
}

export interface Read extends Linted {
  readonly redact: Redact
}

/** Reads and checks; values of the environment are taken out of the messages. */
export async function readPipeline(file: string, { set = [], envFile, trust, folder = path.dirname(file) }: ReadOptions): Promise<Read> {
  const env = environment(envFile)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fail('pipeline_file', { file, reason: reasonOf(error) }, error)
  })
  const redact = redactor([text, ...set], env)
  const { issues, ...linted } = await lint(text, { env, set, trust, folder })
  return { ...linted, issues: issues.map((issue) => ({ ...issue, message: redact(issue.message), hint: redact(issue.hint) })), redact }
}

export interface Checked {
  readonly pipeline: PipelineDeclaration
  readonly catalogue: Catalogue
  readonly redact: Redact
}

/** A pipeline that is right. Its faults and warnings are told one by one; throws pipeline_invalid if there are faults. */
export async function rightPipeline(file: string, options: ReadOptions, tell: (issue: Issue) => void = tellOnStderr(file)): Promise<Checked> {
  const { issues, declaration, catalogue, redact } = await readPipeline(file, options)
  issues.forEach(tell)
  if (declaration !== undefined) return { pipeline: declaration, catalogue, redact }
  const errors = issues.filter(isError).length
  throw fail('pipeline_invalid', { file, count: `${errors} ${errors === 1 ? 'fault' : 'faults'}` })
}

const tellOnStderr = (file: string) => (issue: Issue): void => {
  process.stderr.write(`${formatIssue(file, issue)}\n`)
}
