/**
 * Conformance of a kind: its contract as named checks, made on every component of the catalogue.
 *
 * A check that a component cannot pass is waived in a table, with the reason; a waiver that is no
 * longer needed fails, as does one of a component that is not there. Each check has a twin, a broken
 * component that it must refuse: so a check that cannot fail is found.
 */
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { builtin, type AnyUnit } from '../../src/pipelines/catalogue.ts'
import { configSchema, type JsonSchema } from '../../src/pipelines/json-schema.ts'
import { instantiate } from '../../src/pipelines/instantiate.ts'
import type { Declared, Kind } from '../../src/unit.ts'
import { exampleOf } from './examples.ts'

export interface Check<Subject> {
  holds(subject: Subject): void | Promise<void>
  /** A subject that breaks the contract just there. */
  twin(): Subject | Promise<Subject>
}

export interface Waiver {
  readonly unit: string
  readonly check: string
  readonly reason: string
}

export interface Suite<Subject> {
  readonly kind: Kind
  /** What the checks look at, by what it is called: made once for each component. */
  subjects(unit: AnyUnit): Promise<ReadonlyMap<string, Subject>>
  readonly checks: Readonly<Record<string, Check<Subject>>>
  readonly waivers?: readonly Waiver[]
}

export function conformance<Subject>({ kind, subjects, checks, waivers = [] }: Suite<Subject>): void {
  const named = Object.entries(checks)
  describe.each(builtin.of(kind).map((unit) => [unit.name, unit] as const))(`${kind} %s`, (_, unit) => {
    let made: Promise<ReadonlyMap<string, Subject>> | undefined
    const hold = async (check: Check<Subject>): Promise<void> => {
      for (const [called, subject] of await (made ??= subjects(unit))) await saying(called, () => check.holds(subject))
    }
    for (const [name, check] of named) {
      promise(name, () => hold(check), waivers.find((one) => one.unit === unit.name && one.check === name))
    }
  })

  test('waivers are of components and checks that are there', () => {
    expect(waivers.filter(({ unit, check }) => builtin.find(kind, unit) === undefined || !(check in checks))).toEqual([])
  })

  test.each(named)('is able to fail: %s', TIMEOUT, async (_, { holds, twin }) => {
    const broken = await twin()
    await expect((async () => holds(broken))()).rejects.toMatchObject({ name: 'AssertionError' })
  })
}

/** A busy machine compiles slowly, and the first check of a component compiles all of its programs. */
const TIMEOUT = { timeout: 300_000 }

/** A test that something holds; or, where it is waived, that the waiver is still needed. */
function promise(name: string, hold: () => Promise<void>, waiver?: Waiver): void {
  if (waiver === undefined) test(name, TIMEOUT, hold)
  else test(`${name} (waived: ${waiver.reason})`, TIMEOUT, async () => {
    await expect(hold(), 'the waiver is no longer needed: take it out').rejects.toThrow()
  })
}

/** Says of a failure which subject it was. */
async function saying(called: string, work: () => void | Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof Error) error.message = `${called}: ${error.message}`
    throw error
  }
}

/** A component as its example declares it, and with each other choice of its fields that have some. */
export async function variantsOf<T>(unit: AnyUnit, smaller: (config: Config) => Config = (config) => config): Promise<Map<string, Declared<T>>> {
  const { part } = await exampleOf(unit)
  const config = smaller(part.config)
  const made = new Map([['example', instantiate<T>({ ...part, config })]])
  for (const [field, choices] of Object.entries(choicesOf(unit))) {
    for (const choice of choices) {
      const other = { ...config, [field]: choice }
      if (choice !== config[field] && takes(unit, other)) made.set(`${field}: ${String(choice)}`, instantiate<T>({ ...part, config: other }))
    }
  }
  return made
}

/** A component with its defaults, and those fields of its example alone that have none. */
export async function plainOf<T>(unit: AnyUnit): Promise<Declared<T>> {
  const { part } = await exampleOf(unit)
  const needed = (configSchema(unit.config).required ?? []) as string[]
  const config = (unit.config as z.ZodType).parse(Object.fromEntries(needed.map((field) => [field, part.config[field]])))
  return instantiate<T>({ ...part, config: config as Config })
}

export type Config = Readonly<Record<string, unknown>>

/** Fields that are one of a few words, or true or false. */
function choicesOf({ config }: AnyUnit): Record<string, unknown[]> {
  const { properties = {} } = configSchema(config) as { properties?: Record<string, JsonSchema> }
  const choices = ({ enum: words, const: only, type, anyOf }: JsonSchema): unknown[] =>
    Array.isArray(words) ? words : only !== undefined ? [only] : type === 'boolean' ? [false, true] : Array.isArray(anyOf) ? (anyOf as JsonSchema[]).flatMap(choices) : []
  return Object.fromEntries(Object.entries(properties).map(([field, schema]) => [field, choices(schema)]))
}

/** A config with whole numbers of at most so many, in lists too, and smaller ones halved, where the component takes it so: small programs compile fast. */
export const shrunk = (unit: AnyUnit, most: number) => (config: Config): Config => {
  const less = (value: number): number => (value > most ? most : Math.ceil(value / 2))
  const smaller = (value: unknown): unknown => (Array.isArray(value) ? value.map(smaller) : Number.isInteger(value) ? less(value as number) : value)
  let small = config
  for (const [field, value] of Object.entries(config)) {
    const next = { ...small, [field]: smaller(value) }
    if (takes(unit, next)) small = next
  }
  return small
}

const takes = ({ config: schema }: AnyUnit, config: Config): boolean => (schema as z.ZodType).safeParse(config).success
