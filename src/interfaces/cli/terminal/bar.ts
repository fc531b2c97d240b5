/** How far something has come: `━━━━━╸────`. Unknown is an empty line. */
import type { Paint } from './paint.ts'

export function bar(done: number | undefined, width: number, { accent, dim }: Paint): string {
  const halves = Math.round(Math.min(1, Math.max(0, done ?? 0)) * width * 2)
  const full = Math.floor(halves / 2)
  const half = halves % 2
  return `${accent('━'.repeat(full) + '╸'.repeat(half))}${dim('─'.repeat(width - full - half))}`
}
