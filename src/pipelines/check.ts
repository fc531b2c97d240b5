/**
 * Checks a document against the catalogue, and makes of it a declaration.
 *
 * It goes on after a fault, so that all are found at once; what is faulty is left out.
 */
import { z } from 'zod'
import type { Code } from '../errors.ts'
import { sampleUnit } from '../streams/operators/sample/operator.ts'
import type { Kind, Part } from '../unit.ts'
import type { AnyUnit, Catalogue } from './catalogue.ts'
import type { InnerPart, ModelDeclaration, OutputDeclaration, PartDeclaration, PipelineDeclaration, StreamDeclaration } from './declaration.ts'
import type { PipelineDocument } from './document.ts'
import { closest, issue, suggest, type Issue, type Path } from './issues.ts'
import { fieldsAt, fieldsOf, MODEL, OUTPUT, PIPELINE, SLUG, STREAM, type Word } from './words.ts'

export interface Checked {
  readonly declaration: PipelineDeclaration
  readonly issues: readonly Issue[]
}

export function check(document: PipelineDocument, catalogue: Catalogue): Checked {
  const checker = new Checker(document, catalogue)
  return { declaration: checker.pipeline(document.value), issues: checker.issues }
}

type Mapping = Readonly<Record<string, unknown>>

/** What a mapping may hold: fields of a config, and parts. */
interface Shape {
  readonly name: string
  readonly config: z.ZodType
  readonly parts: readonly Part[]
}

class Checker {
  readonly issues: Issue[] = []
  readonly #document: PipelineDocument
  readonly #catalogue: Catalogue

  constructor(document: PipelineDocument, catalogue: Catalogue) {
    this.#document = document
    this.#catalogue = catalogue
  }

  pipeline(value: unknown): PipelineDeclaration {
    const body = this.#mapping(value, [])
    if (body === undefined) return { name: 'unnamed', seed: 0, imports: [], models: new Map(), streams: new Map(), outputs: [], raw: this.#document.raw }
    this.#onlyWords(body, fieldsOf(PIPELINE), [])
    const entries = <T>(word: string, make: (item: unknown, path: Path) => T | undefined): Map<string, T> => {
      const made = new Map<string, T>()
      for (const [name, item] of Object.entries(this.#mapping(body[word] ?? {}, [word]) ?? {})) {
        if (!SLUG.test(name)) this.#report('pipeline_name', [word, name], `${name} is not a name`, undefined, 'key')
        const one = make(item, [word, name])
        if (one !== undefined) made.set(name, one)
      }
      return made
    }
    if (body.streams === undefined) this.#report('pipeline_missing', [], 'the pipeline has no streams')
    return {
      name: this.#name(body.name),
      seed: this.#seed(body.seed),
      imports: this.#imports(body.import),
      models: entries('models', (item, path) => this.#model(item, path)),
      streams: entries('streams', (item, path) => this.#stream(item, path)),
      outputs: this.#list(body.outputs ?? [], ['outputs']).flatMap((item, i) => this.#output(item, ['outputs', i]) ?? []),
      raw: this.#document.raw,
    }
  }

  #model(value: unknown, path: Path): ModelDeclaration | undefined {
    const body = this.#mapping(value, path)
    if (body === undefined) return undefined
    for (const word of ['file', 'run'] as const) {
      if (!(word in body)) continue
      this.#onlyWords(body, [word], path)
      const text = body[word]
      if (typeof text === 'string' && text !== '') return word === 'file' ? { path, file: text } : { path, run: text }
      this.#report('pipeline_type', [...path, word], `${word} names a file or a run`)
      return undefined
    }
    const [only, ...others] = Object.keys(body)
    if (only !== undefined && others.length === 0 && !fieldsOf(MODEL).includes(only)) { // as file and run stand
      this.#onlyWords(body, fieldsOf(MODEL), path)
      return undefined
    }
    const made = this.#shaped({ name: 'model', config: MADE, parts: MODEL.parts }, body, path)
    if (made === undefined) return undefined
    const part = (field: string, kind: Kind, fallback: string): PartDeclaration =>
      (made.parts[field] as PartDeclaration | undefined) ?? (this.#part(kind, fallback, [...path, field]) as PartDeclaration)
    const { net, noise } = made.parts as Record<string, PartDeclaration>
    if (net === undefined) return undefined
    const { output, precision, classes } = made.config as z.output<typeof MADE>
    return { path, made: { output, precision, net, ...(noise === undefined ? {} : { noise }), precondition: part('precondition', 'preconditioning', 'none'), encoding: part('encoding', 'encoding', 'values'), ...(classes === undefined ? {} : { classes }) } }
  }

  #stream(value: unknown, path: Path): StreamDeclaration | undefined {
    const body = this.#mapping(value, path)
    if (body === undefined) return undefined
    this.#onlyWords(body, fieldsOf(STREAM), path)
    const heads = (['source', 'sample', 'from'] as const).filter((word) => word in body)
    if (heads.length !== 1) {
      this.#report('pipeline_stream_head', path, heads.length === 0 ? 'the stream has no source, sample or from' : `the stream has ${heads.join(' and ')}`)
    }
    const through = this.#list(body.through ?? [], [...path, 'through']).flatMap((item, i) => this.#part('operator', item, [...path, 'through', i]) ?? [])
    const [head] = heads
    if (head === 'source') {
      const source = this.#part('source', body.source, [...path, 'source'])
      return source && { path, source, through }
    }
    if (head === 'sample') {
      const sample = this.#unit(sampleUnit as unknown as AnyUnit, body.sample, [...path, 'sample'])
      return sample && { path, sample, through }
    }
    if (head === undefined) return undefined
    if (typeof body.from === 'string') return { path, from: body.from, through }
    this.#report('pipeline_type', [...path, 'from'], 'from names a stream')
    return undefined
  }

  #output(value: unknown, path: Path): OutputDeclaration | undefined {
    const body = this.#mapping(value, path)
    const made = body && this.#shaped(OUTPUT, body, path)
    const sink = made?.parts.sink as PartDeclaration | undefined
    if (made === undefined || sink === undefined) return undefined
    const { from, model } = made.config as { from?: string; model?: string }
    if ((from === undefined) === (model === undefined)) {
      this.#report('pipeline_missing', path, 'an output has either from, naming a stream, or model')
      return undefined
    }
    return from !== undefined ? { path, sink, from } : { path, sink, model: model as string }
  }

  /** A component under a field: `{ name: { ... } }`, or just its name. */
  #part(kind: Kind, value: unknown, path: Path): PartDeclaration | undefined {
    const body = typeof value === 'string' ? { [value]: {} } : this.#mapping(value, path)
    if (body === undefined) return undefined
    const [name, ...others] = Object.keys(body)
    if (name === undefined || others.length > 0) {
      this.#report('pipeline_type', path, `${article(kind)} is one component, not ${name === undefined ? 'nothing' : `${Object.keys(body).join(' and ')}`}`, `Write each ${kind} as an item, or under a field, of its own.`)
      return undefined
    }
    const unit = this.#catalogue.find(kind, name)
    if (unit === undefined) {
      if (typeof value === 'string') this.#unknown(kind, name, path, 'value')
      else this.#unknown(kind, name, [...path, name], 'key')
      return undefined
    }
    return this.#unit(unit, body[name], typeof value === 'string' ? path : [...path, name])
  }

  /** A list of components, at least one. */
  #parts(kind: Kind, value: unknown, path: Path): PartDeclaration[] | undefined {
    const items = this.#list(value, path)
    if (Array.isArray(value) && items.length === 0) this.#report('pipeline_value', path, `${path.at(-1)} has at least one ${kind}`, '')
    const made = items.flatMap((item, i) => this.#part(kind, item, [...path, i]) ?? [])
    return made.length > 0 && made.length === items.length ? made : undefined
  }

  #unit(unit: AnyUnit, value: unknown, path: Path): PartDeclaration | undefined {
    const body = value === null || value === undefined ? {} : this.#mapping(value, path)
    const made = body && this.#shaped(unit, body, path)
    return made && { unit, ...made, path }
  }

  /** The config and the parts of a mapping. */
  #shaped({ name, config, parts }: Shape, body: Mapping, path: Path): { config: Mapping; parts: Record<string, InnerPart> } | undefined {
    const rest: Record<string, unknown> = { ...body }
    const found: Record<string, InnerPart> = {}
    let isWhole = true
    for (const part of parts) {
      const key = part.field ?? Object.keys(rest).find((word) => this.#catalogue.find(part.kind, word) !== undefined)
      const isThere = key !== undefined && key in body
      if (!isThere && !part.is_optional) {
        const misspelt = part.field === undefined ? this.#misspelt(Object.keys(rest), part.kind, fieldsOf({ config, parts: [] })) : undefined
        if (misspelt !== undefined) {
          this.#unknown(part.kind, misspelt, [...path, misspelt], 'key')
          delete rest[misspelt]
        } else {
          const hint = part.field === undefined ? suggest('', this.#catalogue.names(part.kind)) : undefined
          this.#report('pipeline_missing', path, `${name} needs ${part.field ?? article(part.kind)}`, hint, 'key')
        }
        isWhole = false
      }
      if (!isThere) continue
      delete rest[key]
      if (part.field === undefined) this.#onlyOne(key, rest, part.kind, path)
      const made = part.field === undefined
        ? this.#unit(this.#catalogue.find(part.kind, key) as AnyUnit, body[key], [...path, key])
        : part.is_list === true ? this.#parts(part.kind, body[key], [...path, key]) : this.#part(part.kind, body[key], [...path, key])
      if (made === undefined) isWhole = false
      else found[part.field ?? part.kind] = made
    }
    const parsed = config.safeParse(rest)
    if (!parsed.success) this.#configIssues(parsed.error.issues, rest, { config, parts }, path)
    return isWhole && parsed.success ? { config: parsed.data as Mapping, parts: found } : undefined
  }

  /** The word that was probably meant as a component, where one stands without a field. */
  #misspelt(words: readonly string[], kind: Kind, fields: readonly string[]): string | undefined {
    const others = words.filter((word) => closest(word, fields) === undefined)
    return others.find((word) => closest(word, this.#catalogue.names(kind)) !== undefined) ?? others[0]
  }

  #unknown(kind: Kind, name: string, path: Path, what: 'key' | 'value'): void {
    this.#report('pipeline_unknown_component', path, `there is no ${kind} ${name}`, suggest(name, this.#catalogue.names(kind)), what)
  }

  /** Takes further components of a kind out of what is left of a mapping: there is a place for one. */
  #onlyOne(first: string, rest: Record<string, unknown>, kind: Kind, path: Path): void {
    for (const word of Object.keys(rest)) {
      if (this.#catalogue.find(kind, word) === undefined) continue
      this.#report('pipeline_type', [...path, word], `there is ${article(kind)} already, ${first}`, `Write it where each ${kind} has a mapping of its own.`, 'key')
      delete rest[word]
    }
  }

  #configIssues(found: readonly z.core.$ZodIssue[], body: Mapping, unit: Pick<Word, 'config' | 'parts'>, path: Path): void {
    for (const one of found) {
      const at = [...path, ...one.path.map((word) => (typeof word === 'symbol' ? String(word) : word))]
      if (one.code === 'unrecognized_keys') {
        for (const key of one.keys) this.#report('pipeline_unknown_word', [...at, key], `unknown word ${key}`, suggest(key, one.path.length === 0 ? fieldsOf(unit) : fieldsAt(unit.config, one.path)), 'key')
      } else if (one.path.length > 0 && valueAt(body, one.path) === undefined) {
        this.#report('pipeline_missing', at.slice(0, -1), `${at.at(-1)} is missing`, undefined, 'key')
      } else {
        this.#report('pipeline_value', at, lower(one.message), '')
      }
    }
  }

  #name(value: unknown): string {
    if (typeof value === 'string' && SLUG.test(value)) return value
    if (value === undefined) this.#report('pipeline_missing', [], 'the pipeline has no name')
    else this.#report('pipeline_name', ['name'], `${String(value)} is not a name`)
    return 'unnamed'
  }

  #seed(value: unknown): number {
    if (value === undefined) return 0
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    this.#report('pipeline_value', ['seed'], 'seed is a whole number from 0 to 2^53 - 1', '')
    return 0
  }

  #imports(value: unknown): string[] {
    return this.#list(value ?? [], ['import']).flatMap((item, i) => {
      if (typeof item === 'string' && item !== '') return [item]
      this.#report('pipeline_type', ['import', i], 'an import is the path of a file')
      return []
    })
  }

  #mapping(value: unknown, path: Path): Mapping | undefined {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Mapping
    if (value !== undefined || path.length > 0 || this.#document.issues.length === 0) {
      this.#report('pipeline_type', path, `${path.at(-1) ?? 'a pipeline'} is a mapping, not ${nameOf(value)}`)
    }
    return undefined
  }

  #list(value: unknown, path: Path): readonly unknown[] {
    if (Array.isArray(value)) return value as unknown[]
    this.#report('pipeline_type', path, `${path.at(-1)} is a list, not ${nameOf(value)}`)
    return []
  }

  #onlyWords(body: Mapping, words: readonly string[], path: Path): void {
    for (const key of Object.keys(body)) {
      if (!words.includes(key)) this.#report('pipeline_unknown_word', [...path, key], `unknown word ${key}`, suggest(key, words), 'key')
    }
  }

  #report(code: Code, path: Path, message: string, hint?: string, what: 'key' | 'value' = 'value'): void {
    this.issues.push(issue(code, this.#document.locate(path, what), path, message, hint))
  }
}

/** The fields of a model that is made here. */
const MADE = MODEL.config.pick({ output: true, precision: true, classes: true })

const valueAt = (body: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((node: unknown, key) => (typeof node === 'object' && node !== null ? (node as Record<PropertyKey, unknown>)[key] : undefined), body)

const article = (kind: string): string => `${/^[aeo]/.test(kind) ? 'an' : 'a'} ${kind}`

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

const nameOf = (value: unknown): string =>
  value === null || value === undefined ? 'nothing' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a mapping' : `the ${typeof value} ${String(value)}`
