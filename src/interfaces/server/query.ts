/**
 * What a request for a stream may ask.
 * Errors: server_query, naming the parameter.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import type { TapOptions } from '../../streams/taps/index.ts'
import { FORMATS, type FormatName } from './formats.ts'

const wholeNumber = z.string().regex(/^[1-9]\d{0,8}$/, 'is a whole number from 1 to 999999999').transform(Number)

const TapQuery = z.strictObject({
  every: wholeNumber.optional(),
  rows: wholeNumber.optional(),
  rate: wholeNumber.optional(),
  columns: z.string().transform((text) => text.split(',')).refine((names) => names.every((name) => name !== '') && new Set(names).size === names.length, 'are names of columns, each once, with commas between them').optional(),
  from: z.enum(['latest', 'start']).optional(),
  limit: wholeNumber.optional(),
})

const HttpQuery = TapQuery.extend({ format: z.enum(FORMATS).optional() })

export interface StreamQuery {
  readonly tap: TapOptions
  /** Batches, at most. */
  readonly limit?: number
}

/** Of an HTTP request. */
export function readQuery(query: unknown): StreamQuery & { readonly format?: FormatName } {
  const { format, ...rest } = parsed(HttpQuery, query)
  return { ...split(rest), ...present({ format }) }
}

/** Where the format is settled. */
export const readTapQuery = (query: unknown): StreamQuery => split(parsed(TapQuery, query))

function parsed<S extends typeof TapQuery | typeof HttpQuery>(schema: S, query: unknown): z.output<S> {
  const { data, error } = schema.safeParse({ ...(query as object) })
  if (data === undefined) throw fail('server_query', { problem: problemOf(error.issues[0], schema) })
  return data as z.output<S>
}

const split = ({ limit, ...tap }: z.output<typeof TapQuery>): StreamQuery => ({ tap: present(tap), ...present({ limit }) })

/** What is wrong with a query, in a sentence. */
export function problemOf(issue: z.core.$ZodIssue | undefined, query: z.ZodObject): string {
  if (issue?.code === 'unrecognized_keys') return `there is no parameter ${issue.keys.map(shortened).join(', ')}: there are ${Object.keys(query.shape).join(', ')}`
  const name = String(issue?.path[0])
  if (issue?.code === 'invalid_value') return `${name} is one of ${issue.values.join(', ')}`
  return issue?.code === 'invalid_type' ? `${name} is given once` : `${name} ${issue?.message}`
}

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> }

const present = <T extends object>(fields: T): Partial<Present<T>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Present<T>>
