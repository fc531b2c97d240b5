/**
 * What every component carries: its name in the pipeline language, its fields, an example, its source.
 *
 * A unit is called with its config and returns an instance: `langevin({ step_size: 0.01 })`. Lint,
 * JSON Schema, `list`, `describe`, docs and the conformance tests all read the declaration.
 */
import { z } from 'zod'
import { fail } from './errors.ts'

export type Kind =
  | 'energy' | 'net' | 'noise' | 'preconditioning' | 'loss' | 'optimizer' | 'schedule' | 'sampler'
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
  readonly description: string
}

/** Which unit an instance is, with its complete config: what is written into files and compared. */
export interface Instance<Config = unknown> {
  readonly kind: Kind
  readonly name: string
  readonly config: Config
}

/** A component that knows what it is. */
export type Declared<T> = T & { readonly is: Instance }

export interface Unit<K extends Kind = Kind, C extends z.ZodType = z.ZodType, Made = unknown> extends Required<Declaration<C>> {
  readonly kind: K
  /** Throws config_invalid, naming the field. */
  (config: z.input<C>): Made & { readonly is: Instance<z.output<C>> }
}

/** Declares a unit. `make` gets a config that was checked and completed by its defaults. */
export function unit<K extends Kind, C extends z.ZodType, Made extends object>(
  kind: K,
  declaration: Declaration<C>,
  make: (config: z.output<C>) => Made,
): Unit<K, C, Made> {
  const { name, summary, config: schema, example, reference, parts = [] } = declaration
  const call = (input: z.input<C>): Made & { readonly is: Instance<z.output<C>> } => {
    const parsed = schema.safeParse(input)
    if (!parsed.success) throw fail('config_invalid', { unit: name, problem: problemOf(parsed.error.issues) })
    return Object.assign(make(parsed.data), { is: { kind, name, config: parsed.data } }) // a copy would read what is left to the data
  }
  return Object.defineProperties(call, {
    name: { value: name },
    kind: { value: kind },
    summary: { value: summary },
    config: { value: schema },
    example: { value: example },
    reference: { value: reference },
    parts: { value: parts },
  }) as Unit<K, C, Made>
}

const problemOf = (issues: readonly z.core.$ZodIssue[]): string =>
  issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; ')
