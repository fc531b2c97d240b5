/**
 * A frame at the bottom of a terminal, redrawn in place.
 *
 * Each frame is one write, in synchronized output: the terminal shows it whole or not at all. What
 * others write meanwhile goes above it. The cursor is hidden while there is a frame; it comes back
 * with `close`, or when the process ends in any way that Node sees.
 */
import type { WriteStream } from 'node:tty'

const [BEGIN, END] = ['\x1b[?2026h', '\x1b[?2026l']
const [HIDE, SHOW] = ['\x1b[?25l', '\x1b[?25h']
const ERASE_BELOW = '\x1b[J'

type Write = WriteStream['write']

export class Screen {
  readonly #stream: WriteStream
  readonly #write: Write
  readonly #restore: (() => void)[] = []
  #height = 0
  #isLineOpen = false
  #isClosed = false
  #last = ''

  constructor(stream: WriteStream) {
    this.#stream = stream
    this.#write = stream.write.bind(stream)
    this.#write(HIDE)
    for (const one of new Set([process.stdout, process.stderr, stream])) if (one.isTTY) this.#yieldTo(one)
    const close = (): void => this.close()
    process.on('exit', close)
    stream.on('resize', this.#redrawn)
    this.#restore.push(() => process.off('exit', close), () => stream.off('resize', this.#redrawn))
  }

  get columns(): number {
    return this.#stream.columns || 80
  }

  get rows(): number {
    return this.#stream.rows || 24
  }

  /** Replaces the frame. Lines are cut to the terminal's width, and the frame to its height. */
  draw(lines: readonly string[]): void {
    if (this.#isClosed) return
    const shown = lines.slice(0, this.rows - 1).map((line) => cut(line, this.columns - 1))
    const frame = shown.map((line) => `${line}\x1b[K\n`).join('')
    if (frame === this.#last && this.#height > 0) return
    this.#write(`${BEGIN}${this.#isLineOpen ? '\n' : ''}${this.#up()}${frame}${ERASE_BELOW}${END}`)
    this.#isLineOpen = false
    this.#height = shown.length
    this.#last = frame
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#restore.forEach((restore) => restore())
    this.#write(SHOW)
  }

  /** Takes the frame away before another's output, which then stands above the next frame. */
  #yieldTo(stream: WriteStream): void {
    const original = stream.write
    stream.write = ((...words: Parameters<Write>) => {
      if (this.#height > 0) this.#write(`${this.#up()}${ERASE_BELOW}`)
      this.#height = 0
      const [text] = words as unknown as [string | Uint8Array]
      if (text.length > 0) this.#isLineOpen = typeof text === 'string' ? !text.endsWith('\n') : text.at(-1) !== 10
      return original.apply(stream, words)
    }) as Write
    this.#restore.push(() => {
      stream.write = original
    })
  }

  readonly #redrawn = (): void => {
    this.#last = ''
  }

  #up(): string {
    return this.#height === 0 ? '' : `\x1b[${this.#height}F`
  }
}

/** A text of at most `columns` characters; colours take no room. */
export function cut(text: string, columns: number): string {
  let [room, result] = [columns, '']
  for (const piece of text.split(/(\x1b\[[0-9;]*m)/)) {
    if (piece.startsWith('\x1b[')) {
      result += piece
      continue
    }
    const letters = [...piece].slice(0, room)
    room -= letters.length
    result += letters.join('')
  }
  return result
}
