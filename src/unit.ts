/**
 * What every component carries: its name in the pipeline language, its fields, an example, its source.
 *
 * A unit is called with its config, and the components it is made of, and returns an instance:
 * `langevin({ step_size: 0.01 })`, `parallelTempering({ temperatures: [1, 4] }, { sampler: mala({ step_size: 0.1 }) })`.
 * Lint, JSON Schema, `list`, `describe`, docs and the conformance tests all read the declaration.
 */
import { z } from 'zod'
import { fail } from './errors.ts'

export type Kind =
  | 'energy' | 'net' | 'noise' | 'preconditioning' | 'loss' | 'optimizer' | 'schedule' | 'sampler' | 'adaptation'
  | 'start' | 'encoding' | 'source' | 'operator' | 'sink'

export interface Declaration<C extends z.ZodType = z.ZodType> {
  /** snake_case: the word of the pipeline language. */
  readonly name: string
  /** One sentence. */
  readonly summary: string
  readonly config: C
  /** YAML as it stands in a pipeline. */
  readonly example: string
  /** The paper or page that defines it. */
  readonly reference: string
  /** Components it is made of, besides its own fields. */
  readonly parts?: readonly Part[]
}

/**
 * A component inside a component's declaration: `sampler: { langevin: { ... } }` under a field, or,
 * without one, a key of the declaration itself: `loss: { model: digits, sliced: { ... } }`.
 */
export interface Part {
  readonly kind: Kind
  readonly field?: string
  readonly is_optional?: boolean
  /** Whether the field holds a list of components. */
  readonly is_list?: boolean
  readonly description: string
}

/** The components that a component is made of: by field, or by kind where they stand without one. */
export type Parts = Readonly<Record<string, unknown>>

/** Which unit an instance is, with its complete config and its parts: what is written into files and compared. */
export interface Instance<Config = unknown> {
  readonly kind: Kind
  readonly name: string
  readonly config: Config
  readonly parts?: Readonly<Record<string, Instance | readonly Instance[]>>
}

/** A component that knows what it is. */
export type Declared<T> = T & { readonly is: Instance }

export interface Unit<K extends Kind = Kind, C extends z.ZodType = z.ZodType, Made = unknown, P extends Parts = Parts> extends Required<Declaration<C>> {
  readonly kind: K
  /** Throws config_invalid, naming the field. */
  (config: z.input<C>, ...parts: {} extends P ? [parts?: P] : [parts: P]): Made & { readonly is: Instance<z.output<C>> }
}

/** Declares a unit. `make` gets a config that was checked and completed by its defaults, and the parts. */
export function unit<K extends Kind, C extends z.ZodType, Made extends object, P extends Parts = Parts>(
  kind: K,
  declaration: Declaration<C>,
  make: (config: z.output<C>, parts: P) => Made,
): Unit<K, C, Made, P> {
  const { name, summary, config: schema, example, reference, parts = [] } = declaration
  const call = (input: z.input<C>, given = {} as P): Made & { readonly is: Instance<z.output<C>> } => {
    const config = parseConfig(name, schema, input)
    const inner = instancesOf(name, parts, given)
    const is = { kind, name, config, ...(Object.keys(inner).length === 0 ? {} : { parts: inner }) }
    origins.set(is, call)
    return Object.assign(make(config, given), { is }) // a copy would read what is left to the data
  }
  return Object.defineProperties(call, {
    name: { value: name },
    kind: { value: kind },
    summary: { value: summary },
    config: { value: schema },
    example: { value: example },
    reference: { value: reference },
    parts: { value: parts },
  }) as unknown as Unit<K, C, Made, P>
}

/** The units that instances come from: two may have one name. */
const origins = new WeakMap<object, object>()
const numbers = new WeakMap<object, number>()
let objects = 0

function numberOf(object: object): number {
  const number = numbers.get(object) ?? objects++
  numbers.set(object, number)
  return number
}

/**
 * The same text for instances of one unit with equal configs and parts, alone or among other values, and for no others: what is
 * compiled is shared by it. Functions and objects of classes in a config count as the objects they are.
 */
export const identityText = (value: unknown): string => JSON.stringify(value, (_, part: unknown) => {
  if (typeof part === 'function') return `object ${numberOf(part)}`
  if (typeof part === 'number' && !Number.isFinite(part)) return `number ${part}`
  if (typeof part === 'bigint') return `bigint ${part}`
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
  const origin = origins.get(part)
  if (origin !== undefined) return { ...part, unit: numberOf(origin) }
  return Object.getPrototypeOf(part) === Object.prototype ? part : `object ${numberOf(part)}`
})

/** A config, completed by its defaults. Throws config_invalid, naming the unit and the field. */
export function parseConfig<C extends z.ZodType>(unit: string, schema: C, input: unknown): z.output<C> {
  const parsed = schema.safeParse(input)
  if (!parsed.success) throw fail('config_invalid', { unit, problem: problemOf(parsed.error.issues) })
  return parsed.data
}

/** What the parts are, each of the kind that the declaration promises. */
function instancesOf(unit: string, parts: readonly Part[], given: Parts): Record<string, Instance | Instance[]> {
  const instances: Record<string, Instance | Instance[]> = {}
  for (const { kind, field = kind, is_optional = false, is_list = false } of parts) {
    const found = given[field]
    if (found === undefined && is_optional) continue
    const each = is_list && Array.isArray(found) ? (found as unknown[]) : [found]
    const are = each.map((one) => (one as Partial<Declared<unknown>> | undefined)?.is)
    if (are.length === 0 || !are.every((is): is is Instance => is?.kind === kind)) throw fail('config_invalid', { unit, problem: `${field}: it is made of ${is_list ? `a list of ${kind} components` : `one ${kind} component`}` })
    instances[field] = is_list ? are : (are[0] as Instance)
  }
  return instances
}

/** A field that names a stream or a model of the pipeline. */
export const nameOf = (what: 'stream' | 'model', description: string) => z.string().meta({ description, names: what })

/** The fields of a config that name streams, or models. */
export const fieldsNaming = (what: 'stream' | 'model', config: z.ZodType): string[] =>
  config instanceof z.ZodObject ? Object.entries(config.shape as Record<string, z.ZodType>).flatMap(([field, schema]) => (withoutDefault(schema).meta()?.names === what ? [field] : [])) : []

const withoutDefault = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? withoutDefault(schema.unwrap() as z.ZodType) : schema

const problemOf = (issues: readonly z.core.$ZodIssue[]): string =>
  issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; ')
