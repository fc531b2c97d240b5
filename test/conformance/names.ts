/** How components are named, described and referred to. */
import type { z } from 'zod'
import type { AnyUnit } from '../../src/pipelines/catalogue.ts'
import { configSchema, type JsonSchema } from '../../src/pipelines/json-schema.ts'

export const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

export const fileOf = ({ name }: AnyUnit): string => `${name.replaceAll('_', '-')}.ts`

/** Its name; with its kind behind it where the plain name is another's, as an operator's is the function's. */
export function exportedAs({ name, kind }: AnyUnit): string[] {
  const plain = camelCase(name)
  const full = `${plain}${kind.charAt(0).toUpperCase()}${kind.slice(1)}`
  return kind === 'operator' ? [full] : [plain, full]
}

/** One sentence on one line. */
export const isSentence = (text: string): boolean => /^[A-Z][^\n]*[^.]\.$/.test(text) && !/[.!?] [A-Z]/.test(text)

/** A page, or authors with a year: `Bishop 2006, Pattern Recognition`; a page of our own docs. */
export const isReference = (text: string): boolean => /https?:\/\/[\w-]+(\.[\w-]+)+/.test(text) || /^[A-Z][^\d]* (19|20)\d\d\b/.test(text) || /^docs\/\w/.test(text)

/** Paths of the fields, however deep, whose description is missing or no sentence. */
export const describedBadly = (config: z.ZodType): string[] => badFields(configSchema(config), '')

function badFields(schema: JsonSchema, prefix: string): string[] {
  const { properties = {}, items, prefixItems = [], additionalProperties, anyOf = [], oneOf = [], allOf = [] } = schema as Schemas
  const inside = (inner: unknown, path: string): string[] => (typeof inner === 'object' && inner !== null ? badFields(inner as JsonSchema, path) : [])
  return [
    ...Object.entries(properties).flatMap(([name, field]) => {
      const path = prefix === '' ? name : `${prefix}.${name}`
      return [...(/\S.*\.$/.test(String(field.description ?? '')) ? [] : [path]), ...badFields(field, path)]
    }),
    ...inside(items, `${prefix}[]`),
    ...prefixItems.flatMap((item, i) => inside(item, `${prefix}[${i}]`)),
    ...inside(additionalProperties, `${prefix}.*`),
    ...[...anyOf, ...oneOf, ...allOf].flatMap((branch) => badFields(branch, prefix)),
  ]
}

interface Schemas {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: unknown
  readonly prefixItems?: readonly unknown[]
  readonly additionalProperties?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
}
