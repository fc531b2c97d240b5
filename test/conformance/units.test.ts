/**
 * What holds of every component, whatever its kind: its example runs, its fields are described, and
 * its names agree wherever they stand.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import * as api from '../../src/index.ts'
import { builtin, type AnyUnit } from '../../src/pipelines/catalogue.ts'
import { configSchema, type JsonSchema } from '../../src/pipelines/json-schema.ts'
import { instantiate } from '../../src/pipelines/instantiate.ts'
import { KINDS, WORDS, type Word } from '../../src/pipelines/words.ts'
import { exampleOf, lintExample, units } from './examples.ts'
import { camelCase, describedBadly, exportedAs, fileOf, isReference, isSentence } from './names.ts'

const SRC = path.join(import.meta.dirname, '../../src')

const isUnit = (value: unknown): value is AnyUnit => typeof value === 'function' && 'kind' in value && 'config' in value && 'example' in value

interface Folder {
  readonly name: string
  readonly index: readonly AnyUnit[]
  /** Units by the file and the name of their export. */
  readonly exports: readonly { readonly file: string; readonly name: string; readonly unit: AnyUnit }[]
}

/** The folders of components: those with a contract, and an index that is a list of units. */
async function folders(): Promise<Folder[]> {
  const found: Folder[] = []
  for (const entry of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    const folder = path.join(SRC, entry)
    if (!existsSync(path.join(folder, 'contract.ts')) || !existsSync(path.join(folder, 'index.ts'))) continue
    const index = Object.values(await import(path.join(folder, 'index.ts')) as object).flatMap((list: unknown) => (Array.isArray(list) ? list.filter(isUnit) : []))
    if (index.length === 0) continue
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    const modules = await Promise.all(files.map(async (file) => [file, await import(path.join(folder, file)) as object] as const))
    const exports = modules.flatMap(([file, module]) => Object.entries(module).flatMap(([name, unit]: [string, unknown]) => (isUnit(unit) ? [{ file, name, unit }] : [])))
    found.push({ name: path.basename(folder), index, exports })
  }
  return found
}

const all = await folders()

describe('folders', () => {
  test('each kind has one, and the language and the catalogue know the same kinds', () => {
    const kinds = all.map(({ index }) => [...new Set(index.map(({ kind }) => kind))])
    expect(kinds.map((own) => own.length)).toEqual(all.map(() => 1))
    expect(kinds.flat().sort()).toEqual([...KINDS].sort())
    expect(builtin.kinds().sort()).toEqual([...KINDS].sort())
  })

  test.each(all.map((folder) => [folder.name, folder] as const))('%s holds what its index lists, and the catalogue has it', (_, { index, exports }) => {
    expect(exports.map(({ unit }) => unit.name).sort()).toEqual(index.map(({ name }) => name).sort())
    expect(new Set(index)).toEqual(new Set(exports.map(({ unit }) => unit)))
    expect(new Set(builtin.of(index[0]?.kind ?? 'source'))).toEqual(new Set(index))
  })

  test.each(all.map((folder) => [folder.name, folder] as const))('%s has a file of conformance that goes over its kind', (name, { index }) => {
    const file = path.join(import.meta.dirname, `${name}.test.ts`)
    expect(existsSync(file), file).toBe(true)
    expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`\\bconformance\\b[^{]*\\{\\s*kind: '${index[0]?.kind}'`))
  })

  test('no two components of a kind have one name', () => {
    const names = units.map(({ kind, name }) => `${kind} ${name}`)
    expect(names).toEqual([...new Set(names)])
  })
})

describe.each(units.map((unit) => [unit.kind, unit.name, unit] as const))('%s %s', (kind, name, unit) => {
  test('has an example that lints', async () => {
    expect((await lintExample(unit.example)).issues).toEqual([])
  })

  test('is made of its example', async () => {
    const { part } = await exampleOf(unit)
    expect(instantiate(part)).toMatchObject({ is: { kind, name, config: part.config } })
  })

  test('is a word of snake_case, named alike as file and export', () => {
    const place = all.flatMap(({ exports }) => exports).find((one) => one.unit === unit)
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/)
    expect(place?.file).toBe(fileOf(unit))
    expect(exportedAs(unit)).toContain(place?.name)
  })

  test('is exported for programs', () => {
    const exported = Object.entries(api).flatMap(([as, value]: [string, unknown]) => (value === unit ? [as] : []))
    if (kind !== 'operator') expect(exported).toEqual([expect.toBeOneOf(exportedAs(unit))])
    else expect(api).toHaveProperty(camelCase(name), expect.any(Function)) // the operator itself, to be piped
  })

  test('refuses what is wrong, naming the field', async () => {
    const { part: { config } } = await exampleOf(unit)
    const call = (input: unknown) => () => unit(input as never)
    const refusal = (word: string): unknown => expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(new RegExp(`^${name} got .*${word}`)) as unknown })
    expect(call({ ...config, no_such_field: 1 })).toThrow(refusal('no_such_field') as Error)
    for (const field of Object.keys(fieldsOf(unit))) expect(call({ ...config, [field]: () => 'no such value' }), field).toThrow(refusal(field) as Error)
    for (const nothing of [null, 7, 'a word', [], undefined]) expect(call(nothing)).toThrow(refusal('') as Error)
  })

  test('does not do without the fields that have no default', async () => {
    const { part: { config } } = await exampleOf(unit)
    for (const field of (configSchema(unit.config).required ?? []) as string[]) {
      const { [field]: _, ...others } = config
      expect(() => unit(others as never), field).toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(field) as unknown }) as Error)
    }
  })

  test('keeps a complete config as it is', async () => {
    const { part } = await exampleOf(unit)
    expect(instantiate(part).is.config).toEqual(part.config)
    expect(JSON.parse(JSON.stringify(part.config))).toEqual(part.config)
  })
})

const fieldsOf = ({ config }: AnyUnit): Readonly<Record<string, JsonSchema>> => (configSchema(config).properties ?? {}) as Record<string, JsonSchema>

const described: readonly (readonly [string, string, AnyUnit | Word])[] = [
  ...units.map((unit) => [unit.kind, unit.name, unit] as const), ...WORDS.map((word) => ['word', word.name, word] as const),
]

describe.each(described)('%s %s', (_, __, unit) => {
  test('is described: itself in a sentence, each field and each part', () => {
    expect(isSentence(unit.summary), unit.summary).toBe(true)
    expect(describedBadly(unit.config)).toEqual([])
    for (const { description, kind: of } of unit.parts) {
      expect(description).toMatch(/\S/)
      expect(KINDS).toContain(of)
    }
  })

  test('says where it comes from', () => {
    expect(isReference(unit.reference), unit.reference).toBe(true)
  })
})

test.each(WORDS.map((word) => [word.name, word] as const))('word %s has an example that lints', async (_, { example }) => {
  expect((await lintExample(example)).issues).toEqual([])
})

describe('the rules are able to fail', () => {
  test.each(['no capital letter.', 'No full stop', 'Two. Sentences.', 'Breaks\na line.', '', '.'])('a summary: %j', (summary) => {
    expect(isSentence(summary)).toBe(false)
  })

  test.each(['', 'folklore', 'see the paper', 'Somebody, unpublished', 'http://'])('a reference: %j', (reference) => {
    expect(isReference(reference)).toBe(false)
  })

  const plain = z.number()
  test.each<[what: string, config: z.ZodType, fields: readonly string[]]>([
    ['a field', z.strictObject({ a: plain }), ['a']],
    ['one of two', z.strictObject({ a: plain.meta({ description: 'A.' }), b: plain }), ['b']],
    ['a field of a field', z.strictObject({ a: z.strictObject({ b: plain }).meta({ description: 'A.' }) }), ['a.b']],
    ['a field in a list', z.strictObject({ a: z.array(z.strictObject({ b: plain })).meta({ description: 'A.' }) }), ['a[].b']],
    ['a field in a choice', z.strictObject({ a: z.union([plain, z.strictObject({ b: plain })]).meta({ description: 'A.' }) }), ['a.b']],
    ['a field in a mapping', z.strictObject({ a: z.record(z.string(), z.strictObject({ b: plain })).meta({ description: 'A.' }) }), ['a.*.b']],
    ['a field in a pair', z.strictObject({ a: z.tuple([plain, z.strictObject({ b: plain })]).meta({ description: 'A.' }) }), ['a[1].b']],
    ['a description without an end', z.strictObject({ a: plain.meta({ description: 'A' }) }), ['a']],
  ])('a description: %s', (_, config, fields) => {
    expect(describedBadly(config)).toEqual(fields)
  })
})
