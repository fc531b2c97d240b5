/** The connections of a server, from the first byte on: so that none outlives it, not even one that has yet to say who it is. */
import type { Server, Socket } from 'node:net'
import { takenBy } from './patience.ts'

export class Sockets {
  readonly #sockets = new Set<Socket>()

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** Bytes that the system has taken for them. */
  get taken(): number {
    let bytes = 0
    for (const socket of this.#sockets) bytes += takenBy(socket)
    return bytes
  }

  /** Ends those from an address and port, or all. */
  destroy(peer?: string): void {
    for (const socket of this.#sockets) if (peer === undefined || `${socket.remoteAddress}:${socket.remotePort}` === peer) socket.destroy()
  }
}
