/**
 * What is asked for: the name of a stream, and after a question mark what the query of an HTTP
 * request has: `particles?every=10&rows=100`. So written in tickets and commands; as a path, in one
 * part.
 * Errors: server_query.
 */
import { fail } from '../../../errors.ts'
import type { TapOptions } from '../../../streams/taps/index.ts'
import { readTapQuery } from '../query.ts'
import type { FlightDescriptor } from './protocol.ts'

export interface Asked {
  readonly name: string
  readonly tap: TapOptions
  readonly limit?: number
  /** As a ticket has it. */
  readonly text: string
}

export function readTicket(text: string): Asked {
  const at = text.includes('?') ? text.indexOf('?') : text.length
  const query = new URLSearchParams(text.slice(at + 1))
  const fields = Object.fromEntries([...query.keys()].map((key) => [key, query.getAll(key).length > 1 ? query.getAll(key) : query.get(key)]))
  return { name: decoded(text.slice(0, at)), text, ...readTapQuery(fields) }
}

export function readDescriptor({ type, cmd, path }: FlightDescriptor): Asked {
  if (type === 'CMD') return readTicket(cmd.toString('utf8'))
  if (path.length !== 1) throw fail('server_query', { problem: 'a path has one part: the name of a stream' })
  return readTicket(path[0] as string)
}

export const ticketOf = (name: string): string => encodeURIComponent(name)

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    throw fail('server_query', { problem: 'the name of the stream is not encoded as in a URL' })
  }
}
