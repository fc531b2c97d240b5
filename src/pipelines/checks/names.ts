/** Streams and models that are named somewhere: there must be such. */
import { modelsNamed, partsOf, streamsNamed, type PipelineDeclaration } from '../declaration.ts'
import { suggest, type Path } from '../issues.ts'
import type { Report } from './contract.ts'

/** Names that the document declares, those of faulty streams and models among them. */
export interface Names {
  readonly streams: readonly string[]
  readonly models: readonly string[]
}

export function checkNames(pipeline: PipelineDeclaration, { streams, models }: Names, report: Report): void {
  const stream = (name: string, path: Path): void => {
    if (!streams.includes(name)) report('pipeline_unknown_stream', path, `there is no stream ${name}`, { hint: suggest(name, streams) })
  }
  const model = (name: string, path: Path): void => {
    if (!models.includes(name)) report('pipeline_unknown_model', path, `there is no model ${name}`, { hint: suggest(name, models) })
  }
  for (const declared of pipeline.streams.values()) {
    if ('from' in declared) stream(declared.from, [...declared.path, 'from'])
    for (const part of partsOf(declared)) {
      for (const { name, field } of modelsNamed(part)) model(name, [...part.path, field])
      for (const { name, field } of streamsNamed(part)) stream(name, [...part.path, field])
    }
  }
  for (const output of pipeline.outputs) {
    if ('from' in output) stream(output.from, [...output.path, 'from'])
    else model(output.model, [...output.path, 'model'])
  }
}
