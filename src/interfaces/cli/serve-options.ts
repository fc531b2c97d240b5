/** How a run is served: options of the verbs that start a server, and what they come to. */
import { readFile } from 'node:fs/promises'
import { Option, type Command } from 'commander'
import { fail } from '../../errors.ts'
import type { ServerOptions } from '../server/options.ts'
import { wholeNumber } from './options.ts'

export interface ServeOptions {
  readonly host?: string
  readonly port?: number
  readonly flightPort?: number
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly allowOrigin?: readonly string[]
}

/** `conflicts` names an option that all of them contradict. */
export function serveOptions(command: Command, conflicts: readonly string[] = []): Command {
  const port = (flags: string, text: string): Option => new Option(flags, text).argParser(wholeNumber(0, 65535))
  const options = [
    port('--port <port>', 'port of the live view (default: 4983, or the next that is free)'),
    new Option('--host <address>', 'address that it is reached at (default: 127.0.0.1); any but loopback needs a secret of 16 characters or more in HEATBATH_TOKEN'),
    port('--flight-port <port>', 'speak Arrow Flight on this port as well; 0 for any'),
    new Option('--tls-cert <file>', 'PEM file of a certificate: speak HTTPS').env('HEATBATH_TLS_CERT'),
    new Option('--tls-key <file>', 'PEM file of its key').env('HEATBATH_TLS_KEY'),
    new Option('--allow-origin <origin>', 'pages of this origin may read what is served (https://lab.example); may be repeated').argParser((origin: string, before: readonly string[] = []) => [...before, origin]),
  ]
  for (const option of options) command.addOption(conflicts.length > 0 && option.envVar === undefined ? option.conflicts([...conflicts]) : option)
  return command
}

/** Reads the token from the environment, certificate and key from their files. */
export async function serverOptionsOf({ host, port, flightPort, tlsCert, tlsKey, allowOrigin }: ServeOptions): Promise<Pick<ServerOptions, 'host' | 'port' | 'flight_port' | 'token' | 'tls' | 'origins'>> {
  const token = process.env.HEATBATH_TOKEN ?? ''
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw fail('server_tls_invalid', { problem: 'one is given without the other' })
  const tls = tlsCert === undefined || tlsKey === undefined ? undefined : { cert: await pem(tlsCert), key: await pem(tlsKey) }
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(flightPort === undefined ? {} : { flight_port: flightPort }),
    ...(token === '' ? {} : { token }),
    ...(tls === undefined ? {} : { tls }),
    ...(allowOrigin === undefined ? {} : { origins: allowOrigin }),
  }
}

async function pem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw fail('server_tls_invalid', { problem: `${file} cannot be read: ${(error as NodeJS.ErrnoException).code}` }, error)
  }
}
