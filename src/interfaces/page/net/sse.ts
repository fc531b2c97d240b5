/**
 * Server-sent events out of text that comes in pieces.
 *
 * Not EventSource: it sends no token, and does not tell a run that is over from one that is lost.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export interface Message {
  readonly id: string
  readonly event: string
  readonly data: string
}

export class Messages {
  #rest = ''

  /** The messages that this piece completes; comments are none. */
  push(text: string): Message[] {
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() as string
    return blocks.map(messageOf).filter(({ data }) => data !== '')
  }
}

function messageOf(block: string): Message {
  const fields: Record<string, string> = {}
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([a-z]+): ?(.*)$/s.exec(line) ?? []
    fields[name] = name === 'data' && fields.data !== undefined ? `${fields.data}\n${value}` : value
  }
  return { id: fields.id ?? '', event: fields.event ?? 'message', data: fields.data ?? '' }
}
