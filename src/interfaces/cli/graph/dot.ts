/** A graph in the language of Graphviz, https://graphviz.org/doc/info/lang.html. */
import type { PipelineGraph } from '../../../pipelines/graph.ts'
import { elements, type Box } from './elements.ts'

export function graphDot(graph: PipelineGraph): string {
  const { models, streams, sinks, arrows } = elements(graph)
  return [
    `digraph ${quoted(graph.name)} {`,
    '  rankdir=LR',
    '  node [fontname="sans-serif" shape=box]',
    ...models.map((model) => `  ${box(model)}`),
    ...streams.flatMap(({ id, label, boxes, loops }) => [
      `  subgraph cluster_${id} {`,
      `    label=${quoted(label)}`,
      ...boxes.map((one) => `    ${box(one)}`),
      ...loops.flatMap((loop) => [`    subgraph cluster_${loop.id} {`, '      label="one compiled loop" style=dashed', ...loop.boxes.map((one) => `      ${box(one)}`), '    }']),
      '  }',
    ]),
    ...sinks.map((sink) => `  ${box(sink)}`),
    ...arrows.map(({ from, to, is_model }) => `  ${from} -> ${to}${is_model ? ' [style=dashed]' : ''}`),
    '}',
    '',
  ].join('\n')
}

const SHAPES = { step: '', model: ' shape=cylinder', sink: ' shape=note' } as const

const box = ({ id, label, shape }: Box): string => `${id} [label=${quoted(label)}${SHAPES[shape]}]`

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
