/**
 * A run that is over, served from its files as it was while it went on; until a signal.
 * Errors: run_missing, serve_running, serve_empty, source_corrupt.
 */
import { builtin } from '../../pipelines/catalogue.ts'
import type { RunEvent } from '../../pipelines/events.ts'
import { findRun, readManifest, statusOf, type Manifest } from '../../pipelines/run-folder.ts'
import type { ReadBack, WholeRecording } from '../../streams/sinks/contract.ts'
import { fail } from '../../errors.ts'
import type { RunServer } from '../server/index.ts'
import { tellStack } from './report.ts'
import { serverOptionsOf, type ServeOptions } from './serve-options.ts'

export async function serveRun(run: string, options: ServeOptions): Promise<void> {
  const folder = await findRun(run)
  const manifest = await readManifest(folder)
  const { name, run_id } = manifest
  if (statusOf(manifest) === 'running') throw fail('serve_running', { run, where: manifest.server ?? 'no server' })
  const recordings = await recordingsOf(folder, manifest)
  if (recordings.size === 0) throw fail('serve_empty', { run, folder })
  const settings = await serverOptionsOf(options)
  const { startServer } = await import('../server/index.ts')
  const server = await startServer({ name, run_id, folder, phases: [{ streams: Object.keys(manifest.streams) }], onFault: tellStack, ...settings })
  try {
    await show(server, manifest, recordings)
    process.stderr.write(`${name} ${run_id}, ${recordings.size} of ${Object.keys(manifest.streams).length} streams, at ${server.url}${server.flight === undefined ? '' : ` and ${server.flight}`}; Ctrl-C ends it\n`)
    await signal()
  } finally {
    await server.close()
  }
}

/** What the run wrote of its streams that can be read back, the first of several outputs. */
async function recordingsOf(folder: string, { outputs }: Manifest): Promise<Map<string, WholeRecording>> {
  const recordings = new Map<string, WholeRecording>()
  for (const { of, sink: name, path } of outputs) {
    const { recordingAt } = (builtin.find('sink', name) ?? {}) as ReadBack
    if (recordingAt === undefined || path === undefined || recordings.has(of)) continue
    recordings.set(of, await recordingAt(path, { folder, name: of, origin: {} }))
  }
  return recordings
}

/** Streams with their rows, and what the run told at its end. */
async function show(server: RunServer, { streams, outputs, status, seconds = 0 }: Manifest, recordings: ReadonlyMap<string, WholeRecording>): Promise<void> {
  const tell = (event: RunEvent): void => server.event(event)
  tell({ event: 'phase', phase: 1, phases: 1, streams: Object.keys(streams) })
  for (const [name, { rows, batches }] of Object.entries(streams)) {
    const recording = recordings.get(name)
    if (recording === undefined) server.hub.close(name, status === 'failed' ? 'failed' : 'ended')
    else await server.hub.replay(name, { recording, batches, state: 'ended' })
    tell({ event: 'progress', stream: name, rows, batches, rows_per_s: rows / Math.max(0.001, seconds) })
  }
  for (const { of, sink, path, num_rows, bytes } of outputs) {
    tell({ event: 'written', output: `${of} → ${sink}`, ...(path === undefined ? {} : { path }), ...(num_rows === undefined ? {} : { num_rows }), ...(bytes === undefined ? {} : { bytes }) })
  }
  tell({ event: 'end', status: status === 'running' ? 'failed' : status, seconds })
}

const signal = (): Promise<void> => new Promise((resolve) => void (['SIGINT', 'SIGTERM'] as const).forEach((name) => process.once(name, () => resolve())))
