/** What a component is, read off its declaration: for `describe`, for `create`, for docs. */
import type { z } from 'zod'
import type { Kind, Part } from '../unit.ts'
import type { AnyUnit, Catalogue } from './catalogue.ts'
import { configSchema, type JsonSchema } from './json-schema.ts'
import { WORDS, type Word } from './words.ts'

export interface FieldDescription {
  /** Fields of fields have a path: `components[].mean`. */
  readonly name: string
  readonly type: string
  readonly is_required: boolean
  readonly default?: unknown
  readonly description: string
}

export interface PartDescription {
  readonly kind: Kind
  /** Absent where the part stands under its own name. */
  readonly field?: string
  readonly is_required: boolean
  readonly is_list: boolean
  readonly description: string
  /** What there is to choose from. */
  readonly names: readonly string[]
}

export interface Description {
  /** `word`: a part of the language that is no component. */
  readonly kind: Kind | 'word'
  readonly name: string
  readonly summary: string
  readonly fields: readonly FieldDescription[]
  readonly parts: readonly PartDescription[]
  readonly example: string
  readonly reference: string
}

/** All that bears a name: a word of the language, components of any kind. */
export function describeName(name: string, catalogue: Catalogue): Description[] {
  const word = WORDS.find((one) => one.name === name)
  return [...(word === undefined ? [] : [describeUnit('word', word, catalogue)]), ...catalogue.named(name).map((unit) => describeUnit(unit.kind, unit, catalogue))]
}

/** Names that can be described. */
export const describedNames = (catalogue: Catalogue): string[] =>
  [...new Set([...WORDS.map(({ name }) => name), ...catalogue.kinds().flatMap((kind) => catalogue.names(kind))])]

export function describeUnit(kind: Kind | 'word', { name, summary, config, parts, example, reference }: AnyUnit | Word, catalogue: Catalogue): Description {
  return { kind, name, summary, fields: fieldsOf(config), parts: parts.map((part) => describePart(part, catalogue)), example, reference }
}

const describePart = ({ kind, field, is_optional, is_list = false, description }: Part, catalogue: Catalogue): PartDescription => ({
  kind, ...(field === undefined ? {} : { field }), is_required: is_optional !== true, is_list, description, names: catalogue.names(kind),
})

const fieldsOf = (config: z.ZodType): FieldDescription[] => fieldsIn(configSchema(config), '')

function fieldsIn({ properties, required }: JsonSchema, prefix: string): FieldDescription[] {
  return Object.entries((properties ?? {}) as Record<string, JsonSchema>).flatMap(([key, schema]) => {
    const name = `${prefix}${key}`
    const field = {
      name,
      type: typeText(schema),
      is_required: ((required ?? []) as string[]).includes(key),
      ...('default' in schema ? { default: schema.default } : {}),
      description: String(schema.description ?? ''),
    }
    return [field, ...nested(schema, name)]
  })
}

/** Fields of the mappings that a field holds. */
function nested(schema: JsonSchema, name: string): FieldDescription[] {
  const { anyOf, items, type } = schema
  if (Array.isArray(anyOf)) return (anyOf as JsonSchema[]).flatMap((branch) => nested(branch, name))
  if (type === 'array' && isSchema(items)) return nested(items, `${name}[]`)
  return type === 'object' ? fieldsIn(schema, `${name}.`) : []
}

/** A type in words: `number > 0`, `text`, `list of number`, `sigma_squared | one`. */
export function typeText(schema: JsonSchema): string {
  const { anyOf, oneOf, enum: choices, const: only, type, items, prefixItems, additionalProperties, properties } = schema
  if (Array.isArray(choices)) return [...new Set(choices.map(String))].join(' | ') // a null may stand for its name: YAML reads it so
  if (only !== undefined) return String(only)
  const branches = (anyOf ?? oneOf) as JsonSchema[] | undefined
  if (branches !== undefined) return branches.map(typeText).join(' | ')
  if (type === 'number' || type === 'integer') return numberText(schema)
  if (type === 'string') return 'text'
  if (type === 'boolean') return 'true | false'
  if (type === 'null') return 'null'
  if (Array.isArray(prefixItems)) return `[${(prefixItems as JsonSchema[]).map(typeText).join(', ')}]`
  if (type === 'array') return isSchema(items) && Object.keys(items).length > 0 ? `list of ${typeText(items)}` : 'list'
  if (type === 'object') return properties === undefined && isSchema(additionalProperties) && Object.keys(additionalProperties).length > 0 ? `mapping of ${typeText(additionalProperties)}` : 'mapping'
  return 'see below'
}

function numberText({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const is_whole = type === 'integer'
  const bounds = [
    typeof minimum === 'number' ? `≥ ${minimum}` : typeof exclusiveMinimum === 'number' ? (is_whole ? `≥ ${exclusiveMinimum + 1}` : `> ${exclusiveMinimum}`) : '',
    typeof maximum === 'number' ? `≤ ${maximum}` : typeof exclusiveMaximum === 'number' ? (is_whole ? `≤ ${exclusiveMaximum - 1}` : `< ${exclusiveMaximum}`) : '',
  ].filter((bound) => bound !== '')
  return [is_whole ? 'integer' : 'number', bounds.join(' and ')].filter((text) => text !== '').join(' ')
}

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value)
