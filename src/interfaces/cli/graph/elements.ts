/** A graph as boxes and arrows, for languages that draw them. */
import type { GraphNode, GraphStream, PipelineGraph } from '../../../pipelines/graph.ts'
import { nodeText, outputText } from './text.ts'

export interface Box {
  readonly id: string
  readonly label: string
  readonly shape: 'step' | 'model' | 'sink'
}

export interface Frame {
  readonly id: string
  readonly label: string
  readonly boxes: readonly Box[]
  /** Boxes that are one compiled loop. */
  readonly loops: readonly { readonly id: string; readonly boxes: readonly Box[] }[]
}

export interface Arrow {
  readonly from: string
  readonly to: string
  /** Of a model, which is read or changed but does not flow. */
  readonly is_model: boolean
}

export interface Elements {
  readonly models: readonly Box[]
  readonly streams: readonly Frame[]
  readonly sinks: readonly Box[]
  readonly arrows: readonly Arrow[]
}

export function elements({ models, streams, outputs }: PipelineGraph): Elements {
  const chains = new Map(streams.map((stream, i) => [stream.name, steps(stream, `s${i}`)]))
  const ends = new Map([...chains].map(([name, boxes]) => [name, boxes.at(-1)?.id ?? '']))
  const modelIds = new Map(models.map(({ name }, i) => [name, `m${i}`]))
  const arrows: Arrow[] = []
  for (const stream of streams) {
    const boxes = chains.get(stream.name) ?? []
    boxes.slice(1).forEach((box, i) => arrows.push({ from: (boxes[i] as Step).id, to: box.id, is_model: false }))
    for (const { id, node } of boxes) {
      for (const name of node?.reads ?? []) arrows.push({ from: ends.get(name) ?? '', to: id, is_model: false })
      if (node?.model === undefined) continue
      const [model, is_trainer] = [modelIds.get(node.model) ?? '', node.name === 'optimize']
      arrows.push({ from: is_trainer ? id : model, to: is_trainer ? model : id, is_model: true })
    }
    if (stream.from !== undefined && boxes[0] !== undefined) arrows.push({ from: ends.get(stream.from) ?? '', to: boxes[0].id, is_model: false })
  }
  outputs.forEach((output, i) => {
    const from = output.stream === undefined ? modelIds.get(output.model ?? '') : ends.get(output.stream)
    arrows.push({ from: from ?? '', to: `o${i}`, is_model: output.stream === undefined })
  })
  return {
    models: models.map(({ name, file, run }, i) => ({ id: `m${i}`, label: file === undefined && run === undefined ? name : `${name}: ${file ?? run}`, shape: 'model' })),
    streams: streams.map((stream, i) => frame(stream, `f${i}`, chains.get(stream.name) ?? [])),
    sinks: outputs.map((output, i) => ({ id: `o${i}`, label: outputText(output), shape: 'sink' })),
    arrows,
  }
}

interface Step extends Box {
  readonly node?: GraphNode
}

/** The boxes of a stream; one that only passes another on has one for itself. */
function steps({ source, sample, from, through }: GraphStream, prefix: string): Step[] {
  const nodes: readonly GraphNode[] = [...(source === undefined ? [] : [source]), ...(sample === undefined ? [] : [sample]), ...through]
  if (nodes.length === 0) return [{ id: `${prefix}_0`, label: `as ${from}`, shape: 'step' }]
  return nodes.map((node, i) => ({ id: `${prefix}_${i}`, label: nodeText(node), shape: 'step', node }))
}

function frame({ name, phases }: GraphStream, id: string, boxes: readonly Step[]): Frame {
  const numbers = [...new Set(boxes.flatMap(({ node }) => node?.loop ?? []))]
  const when = phases.length === 0 ? 'does not run' : `phase ${phases.join(', ')}`
  return {
    id,
    label: `${name} (${when})`,
    boxes: boxes.filter(({ node }) => node?.loop === undefined),
    loops: numbers.map((number) => ({ id: `${id}_loop${number}`, boxes: boxes.filter(({ node }) => node?.loop === number) })),
  }
}
