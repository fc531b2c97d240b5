/**
 * A certificate and its key, checked before a server begins.
 * Errors: server_tls_invalid.
 */
import { createSecureContext } from 'node:tls'
import { fail } from '../../errors.ts'
import type { Tls } from './options.ts'

export function checkTls({ cert, key }: Tls): void {
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    throw fail('server_tls_invalid', { problem: error instanceof Error ? error.message : String(error) }, error)
  }
}
