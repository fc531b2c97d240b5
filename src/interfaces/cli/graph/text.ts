/** A graph as lines of text: phases, and in each its streams from left to right. */
import type { GraphNode, GraphOutput, GraphStream, PipelineGraph } from '../../../pipelines/graph.ts'
import { table } from '../table.ts'

export function graphText({ name, seed, phases, models, streams, outputs }: PipelineGraph): string {
  const columns = [{ name: '' }, { name: '' }, { name: '' }]
  const section = (title: string, rows: readonly (readonly string[])[]): string =>
    rows.length === 0 ? '' : `\n${title}\n${table(columns, rows.map((row) => ['', ...row]), false)}`
  const idle = streams.filter((stream) => stream.phases.length === 0)
  return [
    `${name}, seed ${seed}\n`,
    section('models', models.map((model) => [model.name, model.made === undefined ? `from ${model.file ?? `run ${model.run}`}` : `${Object.values(model.made).join(' + ')}${model.trained_by === undefined ? '' : `, trained by ${model.trained_by}`}`])),
    ...phases.map((phase, i) => section(`phase ${i + 1} of ${phases.length}${phase.trains.length === 0 ? '' : `, trains ${phase.trains.join(', ')}`}`,
      streams.filter((stream) => phase.streams.includes(stream.name)).map((stream) => [stream.name, streamText(stream)]))),
    section('does not run', idle.map((stream) => [stream.name, streamText(stream)])),
    section('outputs', outputs.map((output) => [output.stream ?? output.model ?? '', `→ ${outputText(output)}`])),
    streams.some(hasLoop) ? '\n[ ] one compiled loop\n' : '',
  ].join('')
}

function streamText(stream: GraphStream): string {
  const words = [headText(stream)]
  for (const [i, node] of stream.through.entries()) {
    const opens = node.loop !== undefined && node.loop !== stream.through[i - 1]?.loop
    const closes = node.loop !== undefined && node.loop !== stream.through[i + 1]?.loop
    words.push(`${opens ? '[ ' : ''}${nodeText(node)}${closes ? ' ]' : ''}`)
  }
  return words.join(' → ')
}

function headText({ from, source, sample }: GraphStream): string {
  if (from !== undefined) return from
  if (source !== undefined) return source.name
  if (sample === undefined) return ''
  const { energy, sampler } = sample.parts
  return `[ ${sampler} on ${energy ?? sample.model}, ${sample.chains} chains ]`
}

export function nodeText({ name, parts, model, reads }: GraphNode): string {
  const inner = [...Object.values(parts), ...(model === undefined ? [] : [model]), ...reads.map((stream) => `with ${stream}`)]
  return inner.length === 0 ? name : `${name} (${inner.join(', ')})`
}

export const outputText = ({ sink, path }: GraphOutput): string => (path === undefined ? sink : `${sink} ${path}`)

const hasLoop = ({ sample, through }: GraphStream): boolean => sample !== undefined || through.some(({ loop }) => loop !== undefined)
