/** A checked pipeline: every component found, every config complete. */
import type { AnyUnit } from './catalogue.ts'
import type { Path } from './issues.ts'

/** A component with its config and parts. */
export interface PartDeclaration {
  readonly unit: AnyUnit
  /** Complete: defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>
  /** By field, or by kind for parts that stand without one. */
  readonly parts: Readonly<Record<string, PartDeclaration>>
  readonly path: Path
}

/** A model that the pipeline makes. */
export interface MadeModel {
  readonly net: PartDeclaration
  readonly noise: PartDeclaration
  readonly precondition: PartDeclaration
  readonly encoding: PartDeclaration
}

export type ModelDeclaration = { readonly path: Path } & (
  | { readonly made: MadeModel }
  | { readonly file: string }
  | { readonly run: string }
)

export type StreamDeclaration = { readonly path: Path; readonly through: readonly PartDeclaration[] } & (
  | { readonly source: PartDeclaration }
  | { readonly sample: PartDeclaration }
  | { readonly from: string }
)

export type OutputDeclaration = { readonly path: Path; readonly sink: PartDeclaration } & (
  | { readonly from: string }
  | { readonly model: string }
)

export interface PipelineDeclaration {
  readonly name: string
  readonly seed: number
  readonly imports: readonly string[]
  readonly models: ReadonlyMap<string, ModelDeclaration>
  readonly streams: ReadonlyMap<string, StreamDeclaration>
  readonly outputs: readonly OutputDeclaration[]
  /** The document as written, variables not filled in. */
  readonly raw: unknown
}

/** The models that a component names. */
export const modelsOf = ({ config }: PartDeclaration): string[] => (typeof config.model === 'string' ? [config.model] : [])

/** The streams that a component names besides its input. */
export const streamsOf = ({ config }: PartDeclaration): string[] => (typeof config.to === 'string' ? [config.to] : [])

/** The models that a pipeline does something with. */
export const usedModels = ({ streams, outputs }: PipelineDeclaration): ReadonlySet<string> => new Set([
  ...[...streams.values()].flatMap(partsOf).flatMap(modelsOf),
  ...outputs.flatMap((output) => ('model' in output ? [output.model] : [])),
])

/** The components of a stream, in order. */
export const partsOf = (stream: StreamDeclaration): PartDeclaration[] => [
  ...('source' in stream ? [stream.source] : 'sample' in stream ? [stream.sample] : []),
  ...stream.through,
]
