/**
 * Keeps values of the environment out of what is written: messages of databases and file systems
 * repeat what they were given.
 *
 * Secret is what a pipeline takes from the environment by ${NAME}; short values are left, since
 * they stand in every message by chance.
 */
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { fail } from '../../errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>
export type Redact = (text: string) => string

/** The environment, and below it the variables of a file. */
export function environment(file?: string): Environment {
  if (file === undefined) return process.env
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...process.env }
  } catch (error) {
    throw fail('pipeline_file', { file, reason: reasonOf(error) }, error)
  }
}

/** Puts variables back in place of their values, those that are named in the texts. */
export function redactor(texts: readonly string[], env: Environment): Redact {
  const names = new Set(texts.flatMap((text) => [...text.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name]) => name as string)))
  const secrets = [...names].map((name) => ({ name, value: env[name] ?? '' })).filter(({ value }) => value.length >= (Number.isNaN(Number(value)) ? 4 : 6))
  secrets.sort((a, b) => b.value.length - a.value.length) // one may hold another
  return (text) => secrets.reduce((clean, { name, value }) => clean.replaceAll(value, `\${${name}}`), text)
}

/** Why a file could not be read, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return { ENOENT: 'it is not there', EISDIR: 'it is a folder', EACCES: 'it may not be read' }[code ?? ''] ?? message
}
