/** Colours, unless NO_COLOR is set (https://no-color.org). */
import type { WriteStream } from 'node:tty'

export interface Paint {
  readonly is_colored: boolean
  bold(text: string): string
  dim(text: string): string
  accent(text: string): string
  good(text: string): string
  bad(text: string): string
  /** A text in one of 256 colours, on another. */
  shade(text: string, color: number, ground?: number): string
}

export function paintFor(stream: Pick<WriteStream, 'isTTY'>, env: Readonly<Record<string, string | undefined>> = process.env): Paint {
  const is_colored = stream.isTTY && (env.NO_COLOR ?? '') === ''
  const code = (open: string) => (text: string): string => (is_colored && text !== '' ? `\x1b[${open}m${text}\x1b[0m` : text)
  return {
    is_colored,
    bold: code('1'),
    dim: code('2'),
    accent: code('36'),
    good: code('32'),
    bad: code('31'),
    shade: (text, color, ground) => code(`38;5;${color}${ground === undefined ? '' : `;48;5;${ground}`}`)(text),
  }
}
