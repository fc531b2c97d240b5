/**
 * A pipeline as a graph: streams with their operators, models, sinks, in the order in which they run.
 *
 * It says which neighbouring operators become one compiled loop: those of training, of one model, in
 * a row; a `sample` is a loop of its own.
 */
import { modelsOf, streamsNamed, type ModelDeclaration, type OutputDeclaration, type PartDeclaration, type PipelineDeclaration, type StreamDeclaration } from './declaration.ts'
import { plan, trainersOf, TRAINING } from './plan.ts'

export interface GraphNode {
  readonly name: string
  /** Names of the components it is made of, by field or kind. */
  readonly parts: Readonly<Record<string, string>>
  readonly model?: string
  /** Streams that it reads besides its input. */
  readonly reads: readonly string[]
  /** Number of the compiled loop that it belongs to, within the stream, from 1. */
  readonly loop?: number
}

export interface GraphStream {
  readonly name: string
  /** Phases in which it runs, from 1; none if it leads nowhere. */
  readonly phases: readonly number[]
  /** The stream that it reads, or what it begins with. */
  readonly from?: string
  readonly source?: GraphNode
  readonly sample?: GraphNode & { readonly chains: number }
  readonly through: readonly GraphNode[]
}

export interface GraphModel {
  readonly name: string
  /** Made of these components, or loaded from a file or a run. */
  readonly made?: Readonly<Record<string, string>>
  readonly file?: string
  readonly run?: string
  readonly trained_by?: string
}

export interface GraphOutput {
  readonly stream?: string
  readonly model?: string
  readonly sink: string
  readonly path?: string
}

export interface PipelineGraph {
  readonly name: string
  readonly seed: number
  readonly phases: readonly { readonly streams: readonly string[]; readonly trains: readonly string[] }[]
  readonly models: readonly GraphModel[]
  readonly streams: readonly GraphStream[]
  readonly outputs: readonly GraphOutput[]
}

export function graph(pipeline: PipelineDeclaration): PipelineGraph {
  const phases = plan(pipeline).map(({ streams, trains }) => ({ streams, trains }))
  const phasesOf = (name: string): number[] => phases.flatMap(({ streams }, i) => (streams.includes(name) ? [i + 1] : []))
  return {
    name: pipeline.name,
    seed: pipeline.seed,
    phases,
    models: [...pipeline.models].map(([name, model]) => modelOf(name, model, pipeline)),
    streams: [...pipeline.streams].map(([name, stream]) => ({ name, phases: phasesOf(name), ...headOf(stream), through: operatorsOf(stream) })),
    outputs: pipeline.outputs.map(outputOf),
  }
}

function modelOf(name: string, model: ModelDeclaration, pipeline: PipelineDeclaration): GraphModel {
  if ('file' in model) return { name, file: model.file }
  if ('run' in model) return { name, run: model.run }
  const [trainer] = trainersOf(name, pipeline)
  const { output, precision, classes, ...parts } = model.made
  const made = { ...(output === 'energy' ? { output } : {}), ...(precision === 'bfloat16' ? { precision } : {}), ...Object.fromEntries(Object.entries(parts).map(([field, part]: [string, PartDeclaration]) => [field, part.unit.name])), ...(classes === undefined ? {} : { classes: classes.column }) }
  return { name, made, ...(trainer === undefined ? {} : { trained_by: trainer }) }
}

function headOf(stream: StreamDeclaration): Pick<GraphStream, 'from' | 'source' | 'sample'> {
  if ('from' in stream) return { from: stream.from }
  if ('source' in stream) return { source: nodeOf(stream.source) }
  return { sample: { ...nodeOf(stream.sample), loop: 1, chains: Number(stream.sample.config.chains) } }
}

function operatorsOf(stream: StreamDeclaration): GraphNode[] {
  let loops = 'sample' in stream ? 1 : 0
  let before: PartDeclaration | undefined
  return stream.through.map((part) => {
    const is_numeric = TRAINING.has(part.unit.name)
    const goesOn = before !== undefined && TRAINING.has(before.unit.name) && modelsOf(before)[0] === modelsOf(part)[0]
    if (is_numeric && !goesOn) loops++
    before = part
    return { ...nodeOf(part), ...(is_numeric ? { loop: loops } : {}) }
  })
}

function nodeOf(part: PartDeclaration): GraphNode {
  const [model] = modelsOf(part)
  return {
    name: part.unit.name,
    parts: Object.fromEntries(Object.entries(part.parts).map(([field, inner]) => [field, [inner].flat().map(({ unit }) => unit.name).join(' + ')])),
    ...(model === undefined ? {} : { model }),
    reads: streamsNamed(part).map(({ name }) => name),
  }
}

function outputOf(output: OutputDeclaration): GraphOutput {
  const { path } = output.sink.config
  return { ...('from' in output ? { stream: output.from } : { model: output.model }), sink: output.sink.unit.name, ...(typeof path === 'string' ? { path } : {}) }
}
