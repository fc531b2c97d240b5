/** What lint finds: every fault of a declaration at once, each at its place. */
import { CODES, type Code } from '../errors.ts'

export interface Place {
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

export interface Issue extends Place {
  readonly code: Code
  readonly severity: 'error' | 'warning'
  /** Dotted, as for `--set`: `streams.particles.sample.steps`. */
  readonly path: string
  readonly message: string
  readonly hint: string
}

export type Path = readonly (string | number)[]

export function issue(code: Code, place: Place, path: Path, message: string, hint = CODES[code].hint, severity: Issue['severity'] = 'error'): Issue {
  return { code, severity, line: place.line, column: place.column, path: path.join('.'), message, hint }
}

export const isError = ({ severity }: Issue): boolean => severity === 'error'

/** `pipeline.yaml:12:9: pipeline_unknown_word: unknown word stepsize; did you mean step_size?` */
export const formatIssue = (file: string, { line, column, code, severity, message, hint }: Issue): string =>
  `${file}:${line}:${column}: ${severity === 'warning' ? 'warning: ' : ''}${code}: ${message}${hint === '' ? '' : `; ${hint}`}`

/** `did you mean X?` for the candidate closest to a misspelt word; else what there is to choose from. */
export function suggest(word: string, candidates: readonly string[]): string {
  const meant = closest(word, candidates)
  if (meant !== undefined) return `did you mean ${meant}?`
  if (candidates.length === 0) return 'nothing is allowed here'
  return `choose from ${candidates.slice(0, 12).join(', ')}${candidates.length > 12 ? ', ...' : ''}`
}

/** The candidate that a misspelt word probably means. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates.map((candidate) => ({ candidate, distance: editDistance(word, candidate) })).sort((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= Math.max(2, Math.ceil(word.length / 3)) ? best.candidate : undefined
}

/** Damerau-Levenshtein distance (adjacent transpositions count as one). */
function editDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)))
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity
      const row = rows[i] as number[]
      row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, change, swap)
    }
  }
  return at(a.length, b.length)
}
