/** A pipeline file, checked: its declaration if it is right, all that is wrong with it if not. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { builtin, type Catalogue } from './catalogue.ts'
import { check } from './check.ts'
import type { PipelineDeclaration } from './declaration.ts'
import { readDocument, type DocumentOptions } from './document.ts'
import { loadImports } from './imports.ts'
import { isError, issue, type Issue } from './issues.ts'
import { checkParts } from './checks/index.ts'

export interface LintOptions extends DocumentOptions {
  /** Load what the pipeline imports: it runs code of the pipeline's author. Without, components it brings are unknown. */
  readonly trust?: boolean
  /** Folder that imports are relative to. */
  readonly folder?: string
  readonly catalogue?: Catalogue
}

export interface Linted {
  readonly issues: readonly Issue[]
  /** Absent if there are errors. */
  readonly declaration?: PipelineDeclaration
  /** The components that it may name: those given, and those that it imports. */
  readonly catalogue: Catalogue
}

export async function lint(text: string, { trust = false, folder = '.', catalogue = builtin, ...options }: LintOptions = {}): Promise<Linted> {
  const document = readDocument(text, options)
  if (document.issues.length > 0 && document.value === undefined) return { issues: document.issues, catalogue }
  const paths = importsOf(document.value)
  const imported = trust ? await loadImports(paths, folder) : { units: [], problems: [] }
  const issues: Issue[] = [
    ...document.issues,
    ...imported.problems.map(({ index, message }) => issue('pipeline_import', document.locate(['import', index]), ['import', index], message)),
  ]
  if (!trust && paths.length > 0) {
    issues.push(issue('pipeline_untrusted', document.locate(['import']), ['import'], 'imports are not loaded, and components that they bring are unknown', undefined, 'warning'))
  }
  const known = catalogue.with(imported.units)
  const { declaration, issues: found } = check(document, known)
  const names = { streams: namesIn(document.value, 'streams'), models: namesIn(document.value, 'models') }
  const further = [...found, ...checkParts(declaration, names, [...issues, ...found], document.locate)]
  const isUnset = ({ path: at }: Issue): boolean => document.issues.some(({ code, path: unset }) => code === 'pipeline_variable' && unset === at)
  issues.push(...further.filter((one) => !isUnset(one))) // what is wrong with a value that is missing follows from that
  const sorted = issues.sort((a, b) => a.line - b.line || a.column - b.column)
  return sorted.some(isError) ? { issues: sorted, catalogue: known } : { issues: sorted, declaration, catalogue: known }
}

export async function lintFile(file: string, options: LintOptions = {}): Promise<Linted> {
  return lint(await readFile(file, 'utf8'), { folder: path.dirname(file), ...options })
}

function importsOf(value: unknown): string[] {
  const listed = isMapping(value) ? value.import : undefined
  return Array.isArray(listed) ? listed.filter((item): item is string => typeof item === 'string') : []
}

/** The streams or models that a document declares, faulty or not. */
function namesIn(value: unknown, word: 'streams' | 'models'): string[] {
  const declared = isMapping(value) ? value[word] : undefined
  return isMapping(declared) ? Object.keys(declared) : []
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
