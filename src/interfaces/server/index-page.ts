/** /: what there is, as plain HTML. */
import type { StreamInfo } from '../../streams/taps/index.ts'
import { FORMATS } from './formats.ts'

export function indexPage(run: { readonly name: string; readonly run_id: string }, streams: readonly StreamInfo[]): string {
  const rows = streams.map(({ name, state, rows: count }) => `<tr><td>${escaped(name)}</td><td>${state}</td><td>${count}</td><td>${
    FORMATS.map((format) => `<a href="/streams/${encodeURIComponent(name)}?format=${format}">${format}</a>`).join(' ')}</td></tr>`)
  const title = `${escaped(run.name)} ${escaped(run.run_id)}`
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · heatbath</title></head>
<body>
<h1>${title}</h1>
<table>
<thead><tr><th>stream</th><th>state</th><th>rows</th><th>live</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
<p><a href="/streams">streams</a> · <a href="/events">events</a> · <a href="/metrics">metrics</a> · <a href="/openapi.json">API</a></p>
</body>
</html>
`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
