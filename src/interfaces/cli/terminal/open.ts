/** The view that suits where stderr goes and what was asked for. */
import type { View } from './contract.ts'

export interface ViewOptions {
  readonly quiet?: boolean
  readonly logFormat?: 'json' | 'text'
}

export async function openView({ quiet = false, logFormat }: ViewOptions): Promise<View> {
  const view = await openLoud(logFormat)
  return quiet ? (await import('./quiet.ts')).quiet({ issue: view.issue.bind(view), fail: view.fail.bind(view) }) : view
}

async function openLoud(logFormat: ViewOptions['logFormat']): Promise<View> {
  const { stderr } = process
  if (logFormat === 'json') return new (await import('./json.ts')).JsonLog()
  if (logFormat === undefined && stderr.isTTY && process.env.TERM !== 'dumb') return new (await import('./live.ts')).Live(stderr)
  return new (await import('./lines.ts')).Lines((text) => void stderr.write(text))
}
