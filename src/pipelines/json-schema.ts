/**
 * JSON Schema of the pipeline language, draft 2020-12: editors complete and check by it.
 *
 * Made of the catalogue's declarations. It knows every word, type and part; what words say of each
 * other (names of streams and models, order, circles) is lint's affair.
 */
import { z } from 'zod'
import type { Kind, Part } from '../unit.ts'
import type { AnyUnit, Catalogue } from './catalogue.ts'
import { KINDS, MODEL, OUTPUT, PIPELINE, STREAM, WORDS, type Word } from './words.ts'

export interface JsonSchema {
  readonly [keyword: string]: unknown
}

type Properties = Readonly<Record<string, JsonSchema>>

export function pipelineSchema(catalogue: Catalogue): JsonSchema {
  const kinds = [...new Set([...KINDS, ...catalogue.kinds()])]
  const units = kinds.flatMap((kind) => catalogue.of(kind).map((unit) => [`${kind}.${unit.name}`, bodySchema(unit, catalogue)]))
  const sample = WORDS.find(({ name }) => name === 'sample') as Word
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'heatbath pipeline',
    ...withProperties(bodySchema(PIPELINE, catalogue), {
      models: named({ $ref: '#/$defs/model' }),
      streams: named({ $ref: '#/$defs/stream' }),
      outputs: { items: { $ref: '#/$defs/output' } },
    }),
    $defs: {
      variable: { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:[^}]*)?\\}', description: 'A variable of the environment: ${NAME} or ${NAME:default}.' },
      model: modelSchema(catalogue),
      stream: {
        ...withProperties(bodySchema(STREAM, catalogue), { sample: { $ref: '#/$defs/sample' }, through: { items: { $ref: '#/$defs/operator' } } }),
        oneOf: ['source', 'sample', 'from'].map((word) => ({ required: [word] })),
      },
      sample: bodySchema(sample, catalogue),
      output: outputSchema(catalogue),
      ...Object.fromEntries(kinds.map((kind) => [kind, partSchema(kind, catalogue)])),
      ...Object.fromEntries(units),
    },
  }
}

/** The fields of a config, as they are written in a pipeline: defaults may be left out. */
export function configSchema(config: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' })
  return tidy(schema) as JsonSchema
}

/** Whether a component can stand by its name alone. */
export const isComplete = ({ config, parts }: Pick<AnyUnit, 'config' | 'parts'>): boolean =>
  requiredOf(configSchema(config)).length === 0 && parts.every(({ is_optional }) => is_optional === true)

/** The mapping under a component's name: its fields, and its parts. */
function bodySchema({ summary, config, parts }: Pick<Word, 'summary' | 'config' | 'parts'>, catalogue: Catalogue): JsonSchema {
  const { properties, required: _, ...fields } = configSchema(config)
  const own = Object.fromEntries(Object.entries((properties ?? {}) as Properties).map(([name, schema]) => [name, withVariable(schema)]))
  const needed = [...requiredOf(configSchema(config)), ...parts.flatMap(({ field, is_optional }) => (field === undefined || is_optional === true ? [] : [field]))]
  const choices = parts.filter(({ field }) => field === undefined)
  return {
    description: summary,
    ...fields,
    type: isComplete({ config, parts } as AnyUnit) ? ['object', 'null'] : 'object',
    properties: { ...own, ...Object.assign({}, ...parts.map((part) => partProperties(part, catalogue))) as Properties },
    ...(needed.length === 0 ? {} : { required: needed }),
    ...(choices.length === 0 ? {} : { allOf: choices.map((part) => exactlyOne(part, catalogue)) }),
  }
}

/** A part under its field; or, without one, under the name of each component that it may be. */
function partProperties({ kind, field, description, is_list }: Part, catalogue: Catalogue): Properties {
  if (field !== undefined && is_list === true) return { [field]: { description, type: 'array', minItems: 1, items: { $ref: `#/$defs/${kind}` } } }
  if (field !== undefined) return { [field]: { description, $ref: `#/$defs/${kind}` } }
  return Object.fromEntries(catalogue.of(kind).map((unit) => [unit.name, unitReference(unit)]))
}

function exactlyOne({ kind, is_optional }: Part, catalogue: Catalogue): JsonSchema {
  const one = catalogue.names(kind).map((name) => ({ required: [name] }))
  return { oneOf: is_optional === true ? [...one, { not: { anyOf: one } }] : one }
}

/** A component where one of a kind is wanted: its name, or its name with its fields. */
function partSchema(kind: Kind, catalogue: Catalogue): JsonSchema {
  const units = catalogue.of(kind)
  const names = units.filter(isComplete).map(({ name }) => name)
  return {
    oneOf: [
      ...(names.length === 0 ? [] : [{ enum: names }]),
      {
        type: 'object',
        properties: Object.fromEntries(units.map((unit) => [unit.name, unitReference(unit)])),
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1,
      },
    ],
  }
}

const unitReference = ({ kind, name, summary }: AnyUnit): JsonSchema => ({ description: summary, $ref: `#/$defs/${kind}.${name}` })

/** Made here of its parts; or loaded, by a field that then stands alone. */
function modelSchema(catalogue: Catalogue): JsonSchema {
  const { properties } = bodySchema(MODEL, catalogue) as { properties: Properties }
  const loaded = ['file', 'run']
  const made = Object.fromEntries(Object.entries(properties).filter(([name]) => !loaded.includes(name)))
  const mapping = (own: Properties, required: readonly string[]): JsonSchema => ({ type: 'object', properties: own, required, additionalProperties: false })
  return {
    description: MODEL.summary,
    oneOf: [
      mapping(made, MODEL.parts.filter((part: Part) => part.is_optional !== true).map(({ field }) => field)),
      ...loaded.map((name) => mapping({ [name]: properties[name] as JsonSchema }, [name])),
    ],
  }
}

function outputSchema(catalogue: Catalogue): JsonSchema {
  const { allOf, ...schema } = bodySchema(OUTPUT, catalogue) as { allOf: readonly JsonSchema[] }
  return { ...schema, allOf: [...allOf, { oneOf: [{ required: ['from'] }, { required: ['model'] }] }] }
}

function withProperties(schema: JsonSchema, further: Properties): JsonSchema {
  const properties = schema.properties as Properties
  const merged = Object.entries(properties).map(([name, property]) => [name, { ...property, ...further[name] }])
  return { ...schema, properties: Object.fromEntries(merged) }
}

/** Things by name; the names are those that the word's own schema allows. */
const named = (item: JsonSchema): JsonSchema => ({ additionalProperties: item })

/** Numbers, booleans and choices may stand in the environment, too. */
function withVariable(schema: JsonSchema): JsonSchema {
  const { description, default: fallback, ...rest } = schema
  const about = { ...(description === undefined ? {} : { description }), ...(fallback === undefined ? {} : { default: fallback }) }
  const branches = rest.anyOf as readonly JsonSchema[] | undefined
  if (branches !== undefined) return { ...about, ...rest, anyOf: branches.some(isClosed) ? [...branches.map(inside), VARIABLE] : branches.map(inside) }
  if (isClosed(rest)) return { ...about, anyOf: [rest, VARIABLE] }
  return { ...about, ...inside(rest) }
}

const VARIABLE: JsonSchema = { $ref: '#/$defs/variable' }

/** Whether it refuses most texts. */
const isClosed = ({ type, enum: choices, const: only, pattern }: JsonSchema): boolean =>
  type === 'number' || type === 'integer' || type === 'boolean' || choices !== undefined || only !== undefined || pattern !== undefined

/** What lists and mappings hold. */
function inside(schema: JsonSchema): JsonSchema {
  const within = (value: unknown): unknown => (isMapping(value) ? withVariable(value) : value)
  return {
    ...schema,
    ...(isMapping(schema.items) ? { items: within(schema.items) } : {}),
    ...(Array.isArray(schema.prefixItems) ? { prefixItems: schema.prefixItems.map(within) } : {}),
    ...(isMapping(schema.properties) ? { properties: Object.fromEntries(Object.entries(schema.properties).map(([name, value]) => [name, within(value)])) } : {}),
    ...(isMapping(schema.additionalProperties) ? { additionalProperties: within(schema.additionalProperties) } : {}),
  }
}

/** Leaves out bounds that only say that a whole number is exact, and marks for lint. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy)
  if (!isMapping(value)) return value
  const kept = Object.entries(value).filter(([key, bound]) => key !== 'names' && !((key === 'maximum' || key === 'minimum') && Math.abs(Number(bound)) === Number.MAX_SAFE_INTEGER))
  return Object.fromEntries(kept.map(([key, item]) => [key, tidy(item)]))
}

const requiredOf = ({ required }: JsonSchema): readonly string[] => (required ?? []) as readonly string[]

const isMapping = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value)
