/**
 * What DuckDB says, as errors of heatbath: with the place in the query, and what to do.
 */
import { fail, HeatbathError } from '../../../errors.ts'

export interface Asked {
  /** Of the query. */
  readonly text: string
  readonly folder: string
  readonly allow: readonly string[]
}

export function sqlError(error: unknown, { text, folder, allow }: Asked): HeatbathError {
  if (error instanceof HeatbathError) return error
  const message = (error instanceof Error ? error.message : String(error)).replace(/^Failed to extract statements: /, '')
  const [, refused] = /^Permission Error: .*?"(.*?)"/s.exec(message) ?? []
  if (refused !== undefined) return fail('sql_forbidden', { path: refused, allowed: [folder, ...allow].join(', ') }, error)
  const [, missing] = /No files found that match the pattern "(.*)"/s.exec(message) ?? []
  if (missing !== undefined) return fail('source_missing', { path: missing, remedy: `Check the name; it starts from ${folder}.` }, error)
  if (/^(Parser|Binder|Catalog) Error/.test(message)) return fail('sql_invalid', { problem: problemOf(message), ...placeOf(message, text) }, error)
  return fail('sql_failed', { reason: problemOf(message) }, error)
}

/** DuckDB goes on with settings of its reader that might help. */
const MAX_LINES = 4

/** The message without the excerpt of the query, and without advice. */
function problemOf(message: string): string {
  const [said = ''] = message.split(/\n\nLINE |\n\s*Possible (?:fixes|solutions):/)
  return said.split('\n').map((line) => line.trim()).filter((line) => line !== '').slice(0, MAX_LINES).join('; ')
}

interface QueryPlace {
  readonly line?: number
  readonly column?: number
  /** The same in words, to stand in the message. */
  readonly place: string
}

/** Line and column, from 1, where the message points: `LINE 2: ...an excerpt...` over a caret. */
function placeOf(message: string, text: string): QueryPlace {
  const [, line, excerpt, indent] = /\n\nLINE (\d+): (.*)\n( *)\^/.exec(message) ?? []
  if (line === undefined || excerpt === undefined || indent === undefined) return { place: '' }
  const shown = excerpt.replace(/^\.\.\./, '').replace(/\.\.\.$/, '')
  const cut = excerpt.startsWith('...') ? 3 : 0
  const start = Math.max(0, (text.split('\n')[Number(line) - 1] ?? '').indexOf(shown))
  const column = start + indent.length - `LINE ${line}: `.length - cut + 1
  return { line: Number(line), column, place: ` in line ${line}, column ${column}` }
}
