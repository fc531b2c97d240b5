/** A run folder for a test, and what is needed to write and read there. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { RecordBatch, Schema } from 'apache-arrow'
import { afterEach, beforeEach } from 'vitest'
import type { SinkContext, StreamSink, Written } from '../../../src/streams/sinks/contract.ts'

export interface Run {
  folder: string
  readonly context: SinkContext
  /** All files below the folder, in order. */
  files(): string[]
}

/** A fresh folder for each test. */
export function runFolder(): Run {
  const run: Run = {
    folder: '',
    get context() {
      return { folder: run.folder, name: 'samples', origin: { pipeline: 'test' } }
    },
    files: () => readdirSync(run.folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(run.folder, path.join(entry.parentPath, entry.name))).sort(),
  }
  beforeEach(() => {
    run.folder = mkdtempSync(path.join(tmpdir(), 'heatbath-sinks-'))
  })
  afterEach(() => rmSync(run.folder, { recursive: true, force: true }))
  return run
}

export async function writeAll(sink: StreamSink, schema: Schema, batches: readonly RecordBatch[], context: SinkContext): Promise<Written> {
  const writer = await sink.open(schema, context)
  try {
    for (const batch of batches) await writer.write(batch)
    return await writer.commit()
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/** Runs a script of this folder in the Python of HEATBATH_TEST_PYTHON and gives what it printed, as JSON. */
export function python(script: string, ...args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(process.env.HEATBATH_TEST_PYTHON as string, [path.join(import.meta.dirname, script), ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (status !== 0) throw new Error(`${script} failed:\n${stderr}`)
  return JSON.parse(stdout)
}
