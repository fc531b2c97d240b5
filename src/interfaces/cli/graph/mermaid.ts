/** A graph in the language of Mermaid, https://mermaid.js.org/syntax/flowchart.html: for Markdown and GitHub. */
import type { PipelineGraph } from '../../../pipelines/graph.ts'
import { elements, type Box } from './elements.ts'

export function graphMermaid(graph: PipelineGraph): string {
  const { models, streams, sinks, arrows } = elements(graph)
  return [
    'flowchart LR',
    ...models.map((model) => `  ${box(model)}`),
    ...streams.flatMap(({ id, label, boxes, loops }) => [
      `  subgraph ${id}[${quoted(label)}]`,
      ...boxes.map((one) => `    ${box(one)}`),
      ...loops.flatMap((loop) => [`    subgraph ${loop.id}["one compiled loop"]`, ...loop.boxes.map((one) => `      ${box(one)}`), '    end']),
      '  end',
    ]),
    ...sinks.map((sink) => `  ${box(sink)}`),
    ...arrows.map(({ from, to, is_model }) => `  ${from} ${is_model ? '-.->' : '-->'} ${to}`),
    '',
  ].join('\n')
}

function box({ id, label, shape }: Box): string {
  const [open, close] = { step: ['[', ']'], model: ['[(', ')]'], sink: ['[/', '/]'] }[shape] as [string, string]
  return `${id}${open}${quoted(label)}${close}`
}

const quoted = (text: string): string => `"${text.replaceAll('"', '#quot;')}"`
