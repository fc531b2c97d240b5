/** What every sink promises: rows that come back, a whole file or none, and never somebody else's file lost. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { RecordBatch } from 'apache-arrow'
import { expect, vi } from 'vitest'
import { instantiate } from '../../src/pipelines/instantiate.ts'
import { arrowFile } from '../../src/streams/sinks/arrow-file.ts'
import type { Sink, SinkContext, StreamSink, Written } from '../../src/streams/sinks/contract.ts'
import { readAll } from '../../src/streams/sinks/read-all.ts'
import type { AnyUnit } from '../../src/pipelines/catalogue.ts'
import { plain, rowsOf } from '../streams/arrow/arbitrary-batches.ts'
import { runFolder, writeAll } from '../streams/sinks/world.ts'
import { conformance, type Config } from './harness.ts'
import { exampleOf } from './examples.ts'
import { batchesOf, modelOf, SCHEMA } from './streams.ts'

const run = runFolder()
vi.spyOn(process.stderr, 'write').mockReturnValue(true) // where the console prints

interface Subject {
  /** The sink with other fields than those of the example. */
  sink(changes?: Config): Sink
  /** Fields that it has. */
  readonly fields: readonly string[]
}

const BATCHES = batchesOf(5)
const ROWS = BATCHES.flatMap(rowsOf)

async function subjectOf(unit: AnyUnit): Promise<Subject> {
  const { part } = await exampleOf(unit)
  return { sink: (changes = {}) => instantiate<Sink>({ ...part, config: { ...part.config, ...changes } }), fields: Object.keys(part.config) }
}

/** Writes five batches, or a small model. */
const write = (sink: Sink, context: SinkContext = run.context): Promise<Written> =>
  sink.takes === 'model' ? sink.save(modelOf('m'), context) : writeAll(sink, SCHEMA, BATCHES, context)

/** A writer that has taken five batches. */
async function begun(sink: StreamSink): Promise<Awaited<ReturnType<StreamSink['open']>>> {
  const writer = await sink.open(SCHEMA, run.context)
  for (const batch of BATCHES) await writer.write(batch)
  return writer
}

/** The bytes under a path: of a file, or of all files of a folder in order of name. */
function bytesUnder(name: string): Buffer {
  const full = path.join(run.folder, name)
  return statSync(full).isDirectory() ? Buffer.concat(readdirSync(full).sort().map((file) => readFileSync(path.join(full, file)))) : readFileSync(full)
}

/** All that lies in the run folder, folders too. */
const entries = (): string[] => readdirSync(run.folder, { recursive: true, encoding: 'utf8' }).sort()

/** Arrow files, changed. */
const twin = (change: (sink: StreamSink, config: Config) => Partial<StreamSink>): Subject => ({
  sink(changes = {}) {
    const config = { path: 'twin.arrows', ...changes }
    const sink = arrowFile(config)
    return { ...sink, ...change(sink, config) }
  },
  fields: ['path', 'overwrite'],
})

/** A writer of Arrow files, changed. */
const twinWriter = (change: (writer: Awaited<ReturnType<StreamSink['open']>>) => Partial<Awaited<ReturnType<StreamSink['open']>>>): Subject =>
  twin((sink) => ({
    async open(schema, context) {
      const writer = await sink.open(schema, context)
      return { ...writer, ...change(writer) }
    },
  }))

conformance<Subject>({
  kind: 'sink',
  subjects: async (unit) => new Map([['example', await subjectOf(unit)]]),
  checks: {
    'says what it has written': {
      async holds({ sink }) {
        const made = sink()
        const { path: name, num_rows, bytes, sha256 } = await write(made)
        if (made.takes === 'stream') expect(num_rows).toBe(ROWS.length)
        if (name === undefined) return expect(entries()).toEqual([])
        const written = bytesUnder(name)
        expect([bytes, sha256]).toEqual([written.length, createHash('sha256').update(written).digest('hex')])
        expect(entries().filter((entry) => !entry.startsWith(name))).toEqual([])
      },
      twin: () => twinWriter((writer) => ({ commit: async () => ({ ...await writer.commit(), bytes: 7 }) })),
    },
    'gives back what it wrote, where it can read': {
      async holds({ sink }) {
        const made = sink()
        await write(made)
        if (made.takes === 'model' || made.recording === undefined) return
        expect((await readAll(await made.recording(run.context))).flatMap(rowsByName)).toEqual(BATCHES.flatMap(rowsByName))
      },
      twin: () => twin(() => ({ recording: async () => ({ schema: (BATCHES[0] as RecordBatch).schema, num_rows: 1, async *read() { yield* BATCHES.slice(1) } }) })),
    },
    'of the same rows makes the same bytes': {
      async holds({ sink }) {
        const once = await write(sink())
        const again = await write(sink(), { ...run.context, is_resumed: true })
        expect(again).toEqual(once)
      },
      twin: () => {
        let files = 0
        return twin((sink) => ({ open: (schema, context) => sink.open(schema, { ...context, origin: { file: String(files++) } }) }))
      },
    },
    'shows nothing under its name before it is committed': {
      async holds({ sink }) {
        const made = sink()
        if (made.takes === 'model') return
        const writer = await begun(made)
        const early = new Set(entries())
        const { path: name } = await writer.commit()
        if (name !== undefined) expect(early.has(name)).toBe(false)
      },
      twin: () => twinWriter((writer) => {
        let committed: Promise<Written> | undefined
        return { write: async (batch) => { committed ??= writer.write(batch).then(() => writer.commit()); await committed }, commit: () => committed as Promise<Written> }
      }),
    },
    'leaves nothing when it is aborted': {
      async holds({ sink }) {
        const made = sink()
        if (made.takes === 'model') return
        await (await begun(made)).abort()
        expect(entries()).toEqual([])
      },
      twin: () => twinWriter(() => ({ abort: async () => undefined })),
    },
    'writes a stream without rows': {
      async holds({ sink }) {
        const made = sink()
        if (made.takes === 'model') return
        const { path: name, num_rows } = await writeAll(made, SCHEMA, [], run.context)
        expect(num_rows).toBe(0)
        if (name !== undefined) expect(existsSync(path.join(run.folder, name))).toBe(true)
      },
      twin: () => twin((sink) => ({ open: async (schema, context) => ({ ...await sink.open(schema, context), commit: async () => ({ path: 'twin.arrows', num_rows: 0 }) }) })),
    },
    'does not replace what is there, unless that is wanted': {
      async holds({ sink, fields }) {
        const { path: name } = await write(sink())
        if (name === undefined) return
        const before = bytesUnder(name)
        await expect(write(sink()), 'a second time').rejects.toMatchObject({ code: 'sink_exists', details: { path: name } })
        expect(bytesUnder(name).equals(before)).toBe(true)
        expect(fields).toContain('overwrite')
        await write(sink({ overwrite: true }))
        await write(sink(), { ...run.context, is_resumed: true })
        expect(bytesUnder(name).equals(before)).toBe(true)
      },
      twin: () => twin((_, config) => arrowFile({ ...config as { path: string }, overwrite: true })),
    },
    'keeps to the run folder': {
      async holds({ sink, fields }) {
        if (!fields.includes('path')) return
        const ending = path.extname((await write(sink())).path ?? '')
        const before = entries()
        for (const outside of ['../outside', '/tmp/outside', 'a/../../outside']) await expect(write(sink({ path: outside + ending })), outside).rejects.toMatchObject({ code: 'sink_path' })
        for (const folder of ['.', '..', 'a/../..']) await expect((async () => write(sink({ path: folder })))(), folder).rejects.toMatchObject({ code: expect.stringMatching(/^(sink_path|config_invalid)$/) })
        expect(entries()).toEqual(before)
      },
      twin: () => twin((_, config) => arrowFile({ path: String(config.path).replaceAll(/^\W+/g, 'inside') })),
    },
  },
})

/** Rows by the names of their columns: a reader may give other types to the same values. */
const rowsByName = (batch: RecordBatch): unknown[] => batch.toArray().map((row) => plain(row?.toJSON()))
