/**
 * A pipeline file as data that knows where each value stands.
 *
 * YAML 1.2, at most 100 aliases, no duplicate keys. `--set path=value` replaces or adds a value;
 * `${VAR}` and `${VAR:default}` in strings are filled in from the environment after parsing, so
 * that what a variable holds is never read as YAML structure.
 */
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, parse as parseYaml, type Document, type Node, type Pair, type Scalar } from 'yaml'
import { issue, type Issue, type Path, type Place } from './issues.ts'

export interface PipelineDocument {
  /** Plain data, variables filled in. */
  readonly value: unknown
  /** As written: variables not filled in. */
  readonly raw: unknown
  readonly issues: readonly Issue[]
  /** Where the value at a path stands, or its key; the nearest enclosing place if it is not there. */
  locate(path: Path, what?: 'key' | 'value'): Place
}

export interface DocumentOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `path=value` pairs. */
  readonly set?: readonly string[]
}

const START: Place = { line: 1, column: 1 }
/** Words that reach an object's prototype instead of a value. */
const FORBIDDEN = new Set(['__proto__', 'prototype', 'constructor'])

export function readDocument(text: string, { env = process.env, set = [] }: DocumentOptions = {}): PipelineDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const place = (offset: number | undefined): Place => {
    if (offset === undefined) return START
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const issues: Issue[] = document.errors.map((error) => issue('pipeline_syntax', place(error.pos[0]), [], firstLine(error.message)))
  const locate = (path: Path, what: 'key' | 'value' = 'value'): Place => place(offsetOf(document, path, what))
  if (issues.length > 0) return { value: undefined, raw: undefined, issues, locate }

  for (const assignment of set) issues.push(...applySet(document, assignment))
  let raw: unknown
  try {
    raw = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    issues.push(issue('pipeline_syntax', START, [], firstLine((error as Error).message)))
  }
  const filled = fill(raw, [], env, document, (path, variable) =>
    issues.push(issue('pipeline_variable', locate(path), path, `environment variable ${variable} is not set`)))
  return { value: filled, raw, issues, locate }
}

function applySet(document: Document, assignment: string): Issue[] {
  const at = assignment.indexOf('=')
  const wrong = (problem: string): Issue[] => [issue('pipeline_set', START, [], `--set ${assignment}: ${problem}`)]
  if (at <= 0) return wrong('it has no path=value')
  const path = assignment.slice(0, at).split('.').map((word) => (/^\d+$/.test(word) ? Number(word) : word))
  if (path.some((word) => word === '' || FORBIDDEN.has(String(word)))) return wrong('the path is not one')
  try {
    document.setIn(path, document.createNode(parseYaml(assignment.slice(at + 1))))
    return []
  } catch (error) {
    return wrong(firstLine((error as Error).message))
  }
}

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?\}/g

/** Fills variables in strings. A plain scalar that is nothing but one variable takes the type that its value looks like. */
function fill(value: unknown, path: Path, env: Readonly<Record<string, string | undefined>>, document: Document, missing: (path: Path, name: string) => void): unknown {
  if (Array.isArray(value)) return value.map((item, i) => fill(item, [...path, i], env, document, missing))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key], env, document, missing)]))
  }
  if (typeof value !== 'string' || !value.includes('${')) return value
  const text = value.replace(VARIABLE, (_, name: string, fallback: string | undefined) => {
    const found = env[name] ?? fallback
    if (found === undefined) missing(path, name)
    return found ?? ''
  })
  const node = document.getIn(path, true)
  const isPlain = isScalar(node) && (node as Scalar).type === 'PLAIN' && value.replace(VARIABLE, '') === ''
  return isPlain ? scalarOf(text) : text
}

/** Numbers and booleans as YAML reads them; anything else stays text. */
function scalarOf(text: string): unknown {
  try {
    const parsed: unknown = parseYaml(text)
    return typeof parsed === 'number' || typeof parsed === 'boolean' ? parsed : text
  } catch {
    return text
  }
}

function offsetOf(document: Document, path: Path, what: 'key' | 'value'): number | undefined {
  let node: unknown = document.contents
  let offset = (document.contents as Node | null)?.range?.[0]
  for (const [depth, word] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    const pair: Pair | undefined = isMap(node) ? node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === word) : undefined
    const next: unknown = pair?.value ?? (isSeq(node) ? node.items[Number(word)] : undefined)
    const keyOffset = (pair?.key as Node | undefined)?.range?.[0]
    const valueOffset = (next as Node | undefined)?.range?.[0]
    if (pair === undefined && valueOffset === undefined) break
    const is_last = depth === path.length - 1
    offset = (is_last && what === 'key' ? keyOffset : undefined) ?? valueOffset ?? keyOffset ?? offset
    node = next
  }
  return offset
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? text).replace(/ at line \d+, column \d+:?$/, '')
