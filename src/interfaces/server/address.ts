/**
 * Where the server listens: on an address of this machine, at the port asked for, or at 4983 or the
 * next free one.
 * Errors: server_port_taken, server_host_unknown.
 */
import { lookup } from 'node:dns/promises'
import { BlockList, isIPv6, type AddressInfo, type Server } from 'node:net'
import { fail } from '../../errors.ts'

const FIRST_PORT = 4983
const TRIES = 200

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Whether only this machine reaches the address. */
export const isLoopback = (address: string): boolean => LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

export async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host)).address
  } catch (error) {
    throw fail('server_host_unknown', { host, reason: (error as NodeJS.ErrnoException).code ?? 'it has no address' }, error)
  }
}

export async function listen(server: Server, address: string, port: number | undefined): Promise<number> {
  if (port !== undefined) return tryPort(server, address, port)
  for (let next = FIRST_PORT; next < FIRST_PORT + TRIES; next++) {
    try {
      return await tryPort(server, address, next)
    } catch (error) {
      if ((error as { code?: string }).code !== 'server_port_taken') throw error
    }
  }
  return tryPort(server, address, 0)
}

function tryPort(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => {
      server.off('listening', listening)
      const isTaken = error.code === 'EADDRINUSE' || error.code === 'EACCES'
      reject(isTaken ? fail('server_port_taken', { port, host }, error) : fail('server_host_unknown', { host, reason: error.code ?? error.message }, error))
    }
    const listening = (): void => {
      server.off('error', refused)
      resolve((server.address() as AddressInfo).port)
    }
    server.once('error', refused).once('listening', listening).listen({ host, port })
  })
}

const WILDCARDS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }

export const urlOf = (scheme: string, address: string, port: number): string =>
  `${scheme}://${WILDCARDS[address] ?? (isIPv6(address) ? `[${address}]` : address)}:${port}`
