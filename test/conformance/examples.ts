/** The examples of components, as the pipelines that they stand in declare them. */
import { stringify } from 'yaml'
import { builtin, type AnyUnit } from '../../src/pipelines/catalogue.ts'
import { check } from '../../src/pipelines/check.ts'
import { partsOf, type PartDeclaration, type PipelineDeclaration } from '../../src/pipelines/declaration.ts'
import { readDocument } from '../../src/pipelines/document.ts'
import type { Issue } from '../../src/pipelines/issues.ts'
import { lint } from '../../src/pipelines/lint.ts'
import { pipelinesAround } from './worlds.ts'

/** All components, whatever their kind. */
export const units: readonly AnyUnit[] = builtin.kinds().flatMap((kind) => builtin.of(kind))

export interface Linted {
  readonly issues: readonly Issue[]
  readonly pipeline: PipelineDeclaration
}

/** The pipeline around an example that is right; the likeliest one, with its faults, if none is. */
export async function lintExample(text: string): Promise<Linted> {
  let first: Linted | undefined
  for (const pipeline of pipelinesAround(text)) {
    const document = stringify(pipeline)
    const { issues, declaration } = await lint(document)
    if (issues.length === 0 && declaration !== undefined) return { issues, pipeline: declaration }
    first ??= { issues, pipeline: check(readDocument(document), builtin).declaration }
  }
  return first as Linted
}

export interface Example {
  /** The component, as lint read it. */
  readonly part: PartDeclaration
  /** What stands before it in its stream, if it is an operator. */
  readonly before: readonly PartDeclaration[]
  readonly pipeline: PipelineDeclaration
}

export async function exampleOf(unit: AnyUnit): Promise<Example> {
  const { issues, pipeline } = await lintExample(unit.example)
  const streams = [...pipeline.streams.values()]
  const ofModels = [...pipeline.models.values()].flatMap((model) => ('made' in model ? Object.values(model.made).filter(isPart) : []))
  const part = [...streams.flatMap(partsOf), ...ofModels, ...pipeline.outputs.map(({ sink }) => sink)].find((one) => one.unit === unit)
  if (part === undefined) throw new Error(`the example of ${unit.name} is not of it: ${issues.map(({ message }) => message).join('; ')}`)
  const through = streams.find((stream) => stream.through.includes(part))?.through ?? []
  return { part, before: through.slice(0, through.indexOf(part)), pipeline }
}

const isPart = (value: unknown): value is PartDeclaration => typeof value === 'object' && value !== null && 'unit' in value
