/** A checked pipeline: every component found, every config complete. */
import type { Output, Precision } from '../models/model.ts'
import type { DeclaredClasses } from '../streams/classes.ts'
import { fieldsNaming } from '../unit.ts'
import type { AnyUnit } from './catalogue.ts'
import type { Path } from './issues.ts'

/** A component with its config and parts. */
export interface PartDeclaration {
  readonly unit: AnyUnit
  /** Complete: defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>
  /** By field, or by kind for parts that stand without one. */
  readonly parts: Readonly<Record<string, InnerPart>>
  readonly path: Path
}

/** A component inside a component, or a list of them. */
export type InnerPart = PartDeclaration | readonly PartDeclaration[]

export const isList = (inner: InnerPart): inner is readonly PartDeclaration[] => Array.isArray(inner)

/** A model that the pipeline makes. */
export interface MadeModel {
  readonly output: Output
  readonly precision: Precision
  readonly net: PartDeclaration
  /** Absent for a model of the data themselves. */
  readonly noise?: PartDeclaration
  readonly precondition: PartDeclaration
  readonly encoding: PartDeclaration
  readonly classes?: DeclaredClasses
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

/** The models that a component names, and by which fields. */
export const modelsNamed = (part: PartDeclaration): Named[] => named('model', part)

/** The streams that a component names besides its input, and by which fields. */
export const streamsNamed = (part: PartDeclaration): Named[] => named('stream', part)

export interface Named {
  readonly field: string
  readonly name: string
}

export const modelsOf = (part: PartDeclaration): string[] => modelsNamed(part).map(({ name }) => name)

/** Operators that bring the rows of a stream to a model. */
const ENTRIES: ReadonlySet<string> = new Set(['perturb', 'contrast', 'encode'])

export const isEntry = ({ unit }: PartDeclaration): boolean => ENTRIES.has(unit.name)

/** The models that a pipeline does something with. */
export const usedModels = ({ streams, outputs }: PipelineDeclaration): ReadonlySet<string> => new Set([
  ...[...streams.values()].flatMap(partsOf).flatMap(modelsOf),
  ...outputs.flatMap((output) => ('model' in output ? [output.model] : [])),
])

/** The components of a stream, in order, each followed by those that it is made of. */
export const partsOf = (stream: StreamDeclaration): PartDeclaration[] => [
  ...('source' in stream ? [stream.source] : 'sample' in stream ? [stream.sample] : []),
  ...stream.through,
].flatMap(withInner)

/** The streams that a stream reads. */
export const inputsOf = (stream: StreamDeclaration): string[] =>
  [...('from' in stream ? [stream.from] : []), ...partsOf(stream).flatMap(streamsNamed).map(({ name }) => name)]

const withInner = (part: PartDeclaration): PartDeclaration[] => [part, ...Object.values(part.parts).flat().flatMap(withInner)]

const named = (what: 'stream' | 'model', { unit, config }: PartDeclaration): Named[] =>
  fieldsNaming(what, unit.config).flatMap((field) => (typeof config[field] === 'string' ? [{ field, name: config[field] }] : []))
