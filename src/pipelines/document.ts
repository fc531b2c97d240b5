/**
 * A pipeline file as data that knows where each value stands.
 *
 * YAML 1.2, one document, at most 100 aliases, none of which holds itself, no duplicate keys.
 * `--set path=value` replaces or adds a value;
 * `${VAR}` and `${VAR:default}` in strings are filled in from the environment after parsing, so
 * that what a variable holds is never read as YAML structure.
 */
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, parse as parseYaml, visit, type Document, type Node, type Pair, type Scalar, type YAMLError } from 'yaml'
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
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, logLevel: 'error' })
  const place = (offset: number | undefined): Place => {
    if (offset === undefined) return START
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const syntax = (offset: number | undefined, problem: string): Issue => issue('pipeline_syntax', place(offset), [], problem)
  const issues: Issue[] = firstAtEachPlace(document.errors).map((error) => syntax(error.pos[0], problemOf(error)))
  const locate = (path: Path, what: 'key' | 'value' = 'value'): Place => place(offsetOf(document, path, what))
  if (issues.length > 0) return { value: undefined, raw: undefined, issues, locate }

  issues.push(...document.warnings.map((warning) => ({ ...syntax(warning.pos[0], firstLine(warning.message)), severity: 'warning' as const })))
  for (const assignment of set) issues.push(...applySet(document, assignment))
  const raw = dataOf(document, (offset, problem) => issues.push(syntax(offset, problem)))
  const filled = fill(raw, [], env, document, (path, variable) =>
    issues.push(issue('pipeline_variable', locate(path), path, `environment variable ${variable} is not set`)))
  return { value: filled, raw, issues, locate }
}

/** The document as plain data; undefined if its aliases do not let it. */
function dataOf(document: Document, complain: (offset: number | undefined, problem: string) => void): unknown {
  const wrong = wrongAlias(document)
  if (wrong !== undefined) return void complain(wrong.offset, wrong.problem)
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    return void complain(undefined, error instanceof ReferenceError ? 'its aliases stand for too much: 100 are allowed' : firstLine((error as Error).message))
  }
}

/** An alias that stands for nothing, or for what it is a part of. */
function wrongAlias(document: Document): { readonly offset: number | undefined; readonly problem: string } | undefined {
  const anchors = new Map<string, unknown>()
  let wrong: ReturnType<typeof wrongAlias>
  visit(document, {
    Node(_, node, holders) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node)
        return undefined
      }
      const target = anchors.get(node.source)
      if (target !== undefined && !holders.includes(target as Node)) return undefined
      wrong = { offset: node.range?.[0], problem: `alias *${node.source} ${target === undefined ? 'has no anchor before it' : 'is a part of what it stands for'}` }
      return visit.BREAK
    },
  })
  return wrong
}

function applySet(document: Document, assignment: string): Issue[] {
  const at = assignment.indexOf('=')
  const wrong = (problem: string): Issue[] => [issue('pipeline_set', START, [], `--set ${assignment}: ${problem}`)]
  if (at <= 0) return wrong('it has no path=value')
  const path = assignment.slice(0, at).split('.').map((word) => (/^\d+$/.test(word) ? Number(word) : word))
  if (path.some((word) => word === '' || FORBIDDEN.has(String(word)))) return wrong('the path is not one')
  const given = parseDocument(assignment.slice(at + 1), { logLevel: 'error' })
  const problems = given.errors.map(problemOf)
  const value = dataOf(given, (_, problem) => problems.push(problem))
  if (problems[0] !== undefined) return wrong(problems[0])
  try {
    document.setIn(path, document.createNode(value))
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

/** After a fault the parser often finds more at the same place. */
const firstAtEachPlace = (errors: readonly YAMLError[]): YAMLError[] =>
  errors.filter(({ pos }, i) => errors.findIndex((other) => other.pos[0] === pos[0]) === i)

function problemOf({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'it holds more than one document'
  return message.startsWith('Maximum call stack') ? 'it is nested too deeply' : firstLine(message)
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? text).replace(/ at line \d+, column \d+:?$/, '')
