/**
 * A pipeline as it was resolved: what `auto` became, defaults filled in, paths as written.
 *
 * Values that came from the environment are written as their variables: secrets stay out.
 */
import { stringify } from 'yaml'
import type { Model } from '../streams/model.ts'
import type { Declared } from '../unit.ts'
import { isList, type PartDeclaration, type PipelineDeclaration } from './declaration.ts'

export function resolved(pipeline: PipelineDeclaration, models: ReadonlyMap<string, Model>): string {
  const { name, seed, imports, streams, outputs } = pipeline
  const complete = {
    name,
    seed,
    ...(imports.length === 0 ? {} : { import: imports }),
    ...(pipeline.models.size === 0 ? {} : { models: Object.fromEntries([...pipeline.models.keys()].map((key) => [key, modelOf(pipeline, models, key)])) }),
    streams: Object.fromEntries([...streams].map(([key, stream]) => [key, {
      ...('source' in stream ? { source: partOf(stream.source) } : 'sample' in stream ? { sample: bodyOf(stream.sample) } : { from: stream.from }),
      ...(stream.through.length === 0 ? {} : { through: stream.through.map(partOf) }),
    }])),
    outputs: outputs.map((output) => ({ ...('from' in output ? { from: output.from } : { model: output.model }), ...partOf(output.sink) })),
  }
  return stringify(withVariables(complete, pipeline.raw))
}

function modelOf(pipeline: PipelineDeclaration, models: ReadonlyMap<string, Model>, key: string): unknown {
  const declared = pipeline.models.get(key)
  const model = models.get(key)
  if (declared === undefined || !('made' in declared)) return declared !== undefined && 'file' in declared ? { file: declared.file } : { run: declared?.run }
  const { output, precision, net, precondition, encoding, classes } = declared.made
  const decided = model?.spec
  const noise = decided === undefined ? declared.made.noise && partOf(declared.made.noise) : decided.noise && instanceOf(decided.noise)
  return {
    output,
    precision,
    net: partOf(net),
    ...(noise === undefined ? {} : { noise }),
    precondition: decided === undefined ? partOf(precondition) : instanceOf(decided.preconditioning),
    encoding: partOf(encoding),
    ...(classes === undefined ? {} : { classes }),
  }
}

const instanceOf = ({ is: { name, config } }: Declared<object>): Record<string, unknown> => ({ [name]: config })

const partOf = (part: PartDeclaration): Record<string, unknown> => ({ [part.unit.name]: bodyOf(part) })

/** Fields, and parts: under their field, or as a key of their own. */
function bodyOf({ unit, config, parts }: PartDeclaration): Record<string, unknown> {
  const inner = Object.entries(parts).map(([key, part]) => {
    if (isList(part)) return [key, part.map(partOf)]
    const hasField = unit.parts.some(({ field }) => field === key)
    return hasField ? [key, partOf(part)] : [part.unit.name, bodyOf(part)]
  })
  return { ...config, ...Object.fromEntries(inner) }
}

/** Puts variables back where they were written. */
function withVariables(value: unknown, raw: unknown): unknown {
  if (typeof raw === 'string' && raw.includes('${')) return raw
  if (Array.isArray(value) && Array.isArray(raw)) return value.map((item, i) => withVariables(item, raw[i]))
  if (!isMapping(value) || !isMapping(raw)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withVariables(item, raw[key])]))
}

const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
