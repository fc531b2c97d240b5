/**
 * The generated part of docs/: a page for each component, the index, error codes, JSON Schema.
 *
 * All of it follows from declarations; `npm run docs` writes it, and a test fails where it is stale.
 */
import { CODES } from '../errors.ts'
import type { Kind } from '../unit.ts'
import type { Catalogue } from './catalogue.ts'
import { describeUnit, type Description, type FieldDescription, type PartDescription } from './describe.ts'
import { pipelineSchema } from './json-schema.ts'
import { KINDS, WORDS } from './words.ts'

const GENERATED = '<!-- Generated from declarations by `npm run docs`: change those instead. -->\n'

/** Folder whose files are all generated. */
export const UNITS = 'units'

const TITLES: Readonly<Record<Kind | 'word', string>> = {
  word: 'Words of the language',
  source: 'Sources: where rows come from',
  operator: 'Operators: what rows go through',
  sink: 'Sinks: what becomes of streams and models',
  energy: 'Energies: what is sampled',
  sampler: 'Samplers: Markov kernels on particles',
  adaptation: 'Adaptations: what tunes a sampler in its burn-in',
  start: 'Starts: where chains begin',
  net: 'Nets: functions with parameters',
  noise: 'Noise: levels that training and sampling go through',
  preconditioning: 'Preconditionings: how a score is made of a net\'s output',
  encoding: 'Encodings: how columns become coordinates',
  loss: 'Losses: what training makes small',
  optimizer: 'Optimizers: what becomes of a gradient',
  schedule: 'Schedules: what a learning rate is multiplied by',
}

/** Contents by path below docs/. */
export function documents(catalogue: Catalogue): ReadonlyMap<string, string> {
  const described = [
    ...WORDS.map((word) => describeUnit('word', word, catalogue)),
    ...KINDS.flatMap((kind) => catalogue.of(kind).map((unit) => describeUnit(kind, unit, catalogue))),
  ]
  return new Map([
    ...described.map((one) => [`${UNITS}/${one.kind}/${one.name}.md`, page(one)] as const),
    [`${UNITS}/README.md`, index(described)],
    ['errors.md', errors()],
    ['schema.json', `${JSON.stringify(pipelineSchema(catalogue), null, 2)}\n`],
  ])
}

function page({ kind, name, summary, fields, parts, example, reference }: Description): string {
  return [
    GENERATED,
    `# ${name}\n`,
    `[${kind}](../README.md#${kind}). ${summary}\n`,
    ...(fields.length === 0 ? [] : [table(['field', 'type', 'default', 'meaning'], fields.map(fieldRow))]),
    ...(parts.length === 0 ? [] : ['Made of:\n', table(['field', 'component', '', 'meaning'], parts.map(partRow))]),
    `\`\`\`yaml\n${example}\n\`\`\`\n`,
    `Reference: ${reference}\n`,
  ].join('\n')
}

const fieldRow = ({ name, type, is_required, default: fallback, description }: FieldDescription): string[] =>
  [code(name), escaped(type), is_required ? 'required' : fallback === undefined ? '' : code(JSON.stringify(fallback)), escaped(description)]

const partRow = ({ kind, field, is_required, is_list, description, names }: PartDescription): string[] => [
  field === undefined ? 'its name' : code(field),
  `${is_list ? 'list of ' : ''}${kind}: ${names.map((name) => `[${name}](../${kind}/${name}.md)`).join(', ')}`,
  is_required ? 'required' : '',
  escaped(description),
]

function index(described: readonly Description[]): string {
  const sections = (Object.keys(TITLES) as (Kind | 'word')[]).flatMap((kind) => {
    const rows = described.filter((one) => one.kind === kind).map(({ name, summary }) => [`[${name}](${kind}/${name}.md)`, escaped(summary)])
    return rows.length === 0 ? [] : [`<a id="${kind}"></a>\n\n## ${TITLES[kind]}\n`, table(['', ''], rows)]
  })
  return [GENERATED, '# Components\n', 'Everything that a pipeline may name. `heatbath describe NAME` shows the same.\n', ...sections].join('\n')
}

function errors(): string {
  const rows = Object.entries(CODES).map(([name, { message, hint }]) => [code(name), escaped(message), escaped(hint)])
  return [
    GENERATED,
    '# Errors\n',
    'A code says where and what: it is never renamed, and never used for something else. Words in braces are filled in.\n',
    table(['code', 'message', 'what to do'], rows),
  ].join('\n')
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``

/** Text in a cell of a table. */
const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')
