/** The answer to an HTTP request, as an outlet writes to it. */
import type { ServerResponse } from 'node:http'
import type { Pipe } from './outlet.ts'

export const httpPipe = (response: ServerResponse): Pipe<Uint8Array | string> => ({
  events: response,
  gone: ['close'],
  is_gone: () => response.destroyed,
  give(piece) {
    const { socket } = response
    const bytes = Buffer.byteLength(piece)
    socket?.cork() // to the system at once: left to itself, Node would do it later, when nobody looks at the clock
    const has_room = response.write(piece)
    socket?.uncork()
    return { has_room, bytes, waiting: Math.min(bytes, socket?.writableLength ?? 0) }
  },
  drop: () => void response.destroy(),
})
