/**
 * The words of the language that are no components: what a pipeline, a model, a stream and an
 * output are made of. Lint, JSON Schema, `describe` and docs read them here.
 */
import { z } from 'zod'
import { OUTPUTS, PRECISIONS } from '../models/model.ts'
import { SEED } from '../streams/operators/options.ts'
import { sampleUnit } from '../streams/operators/sample/operator.ts'
import type { Kind, Part } from '../unit.ts'

/** Names become folders and columns: they are kept plain. */
export const SLUG = /^[a-z0-9][a-z0-9_-]{0,63}$/

/** Fields of a config and parts: what a mapping may hold. */
export interface Word {
  readonly name: string
  readonly summary: string
  readonly config: z.ZodType
  readonly parts: readonly Part[]
  readonly example: string
  readonly reference: string
}

const Name = z.string().regex(SLUG, 'a name has small letters, digits, - and _, begins with a letter or digit, and has at most 64 characters')
const byName = (description: string) => z.record(Name, z.unknown()).meta({ description })

export const PIPELINE = {
  name: 'pipeline',
  summary: 'A whole file: models, streams, and what becomes of them.',
  config: z.strictObject({
    name: Name.meta({ description: 'Name of the pipeline: its runs lie in runs/<name>.' }),
    seed: SEED.default(0).meta({ description: 'All random numbers follow from it.' }),
    import: z.array(z.string().min(1)).default([]).meta({ description: 'Files with components of your own, TypeScript or JavaScript, relative to the pipeline.' }),
    models: byName('Models by name: see `model`.').optional(),
    streams: byName('Streams by name: see `stream`.'),
    outputs: z.array(z.unknown()).default([]).meta({ description: 'What is written: see `output`.' }),
  }),
  parts: [],
  example: [
    'name: my-first',
    'seed: 1',
    'streams:',
    '  particles:',
    '    sample: { energy: { double_well: {} }, sampler: { langevin: { step_size: 0.01 } }, chains: 1000, steps: 500 }',
    'outputs:',
    '  - { from: particles, parquet: { path: particles.parquet } }',
  ].join('\n'),
  reference: 'docs/units',
} as const satisfies Word

export const MODEL = {
  name: 'model',
  summary: 'A model that a stream trains, or that comes from a file or an earlier run.',
  config: z.strictObject({
    file: z.string().min(1).optional().meta({ description: 'A model file to load, relative to the pipeline; stands alone. A stream that trains the model goes on from it.' }),
    run: z.string().min(1).optional().meta({ description: 'The run whose model to load, as NAME@RUN_ID, or as NAME@latest for the newest that completed and wrote it: the one of this name, or the only one; stands alone, and is trained further as that of a file.' }),
    output: z.enum(OUTPUTS).default('score').meta({ description: 'What the net gives: the score, or an energy whose score is −∇E; an energy too where it gives the probabilities of categories.' }),
    precision: z.enum(PRECISIONS).default('float32').meta({ description: 'Of the factors of the net\'s larger matrix products, in training and in sampling; bfloat16 draws samples faster on a processor with AMX, and slower on others.' }),
    classes: z.strictObject({
      column: z.string().min(1).meta({ description: 'The column that names the class of a row.' }),
      dropout: z.number().min(0).lt(1).default(0.1).meta({ description: 'Share of the rows whose class is withheld in training, so that the model knows the law of all classes too.' }),
    }).optional().meta({ description: 'What the model is told of its rows besides their coordinates; `sample` then draws a class, or several.' }),
  }),
  parts: [
    { kind: 'net', field: 'net', description: 'The net.' },
    { kind: 'noise', field: 'noise', is_optional: true, description: 'The noise levels; without it the model is of the data themselves.' },
    { kind: 'preconditioning', field: 'precondition', is_optional: true, description: 'How the score is made of the net\'s output; none unless given.' },
    { kind: 'encoding', field: 'encoding', is_optional: true, description: 'How columns become coordinates; values unless given.' },
  ],
  example: 'models: { digits: { net: { residual_mlp: { width: 1024, blocks: 3 } }, noise: { geometric: { largest: 8, smallest: 0.02, levels: 18 } }, precondition: edm } }',
  reference: 'Song & Ermon 2019, https://arxiv.org/abs/1907.05600',
} as const satisfies Word

export const STREAM = {
  name: 'stream',
  summary: 'Rows from a source, a sampler or another stream, and the operators that they go through.',
  config: z.strictObject({
    from: z.string().optional().meta({ description: 'The stream that it reads; one of source, sample and from is given.' }),
    sample: z.unknown().optional().meta({ description: 'Draws particles: see `sample`.' }),
    through: z.array(z.unknown()).default([]).meta({ description: 'Operators, one after the other.' }),
  }),
  parts: [{ kind: 'source', field: 'source', is_optional: true, description: 'Where rows come from.' }],
  example: 'streams: { health: { from: particles, through: [{ diagnose: { every: 50 } }] } }',
  reference: 'docs/units',
} as const satisfies Word

export const OUTPUT = {
  name: 'output',
  summary: 'What becomes of a stream or of a model.',
  config: z.strictObject({
    from: z.string().optional().meta({ description: 'The stream to write; or give a model.' }),
    model: z.string().optional().meta({ description: 'The model to write, once it is trained.' }),
  }),
  parts: [{ kind: 'sink', description: 'Where it goes.' }],
  example: 'outputs: [{ from: particles, parquet: { path: particles.parquet } }]',
  reference: 'docs/units',
} as const satisfies Word

export const WORDS: readonly Word[] = [PIPELINE, MODEL, STREAM, { ...sampleUnit, parts: sampleUnit.parts }, OUTPUT]

/** The fields and parts that a word has names for. */
export const fieldsOf = ({ config, parts }: Pick<Word, 'config' | 'parts'>): string[] =>
  [...(config instanceof z.ZodObject ? Object.keys(config.shape) : []), ...parts.flatMap(({ field }) => field ?? [])]

/** The fields that a config has at a place within it; none where it takes no mapping. */
export function fieldsAt(config: z.ZodType, [word, ...rest]: readonly PropertyKey[]): string[] {
  if (config instanceof z.ZodOptional || config instanceof z.ZodDefault) return fieldsAt(config.unwrap() as z.ZodType, word === undefined ? [] : [word, ...rest])
  if (config instanceof z.ZodArray) return word === undefined ? [] : fieldsAt(config.element as z.ZodType, rest)
  if (!(config instanceof z.ZodObject)) return []
  const shape = config.shape as Record<string, z.ZodType>
  if (word === undefined) return Object.keys(shape)
  const inner = shape[String(word)]
  return inner === undefined ? [] : fieldsAt(inner, rest)
}

/** Every kind that a component may be of, in the order of a pipeline. */
export const KINDS: readonly Kind[] = [
  'source', 'operator', 'sink', 'energy', 'sampler', 'adaptation', 'start', 'net', 'noise', 'preconditioning', 'encoding', 'loss', 'optimizer', 'schedule',
]
