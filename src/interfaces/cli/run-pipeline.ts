/**
 * A pipeline from its file to its exit code: watched, stoppable, told of.
 *
 * Values of the environment that the pipeline takes reach neither the log nor the manifest.
 */
import path from 'node:path'
import { fail } from '../../errors.ts'
import { run, type RunOptions, type RunSummary } from '../../pipelines/run.ts'
import type { PipelineDeclaration } from '../../pipelines/declaration.ts'
import { Meter } from '../../pipelines/meter.ts'
import { readCheckpoint } from '../../pipelines/checkpoint.ts'
import { earlierManifest, findRun, newRunId, refuseTaken } from '../../pipelines/run-folder.ts'
import { SLUG } from '../../pipelines/words.ts'
import { OF_THE_RUN } from '../../streams/sinks/paths.ts'
import { EXIT, exitCodeOf, failureOf, type Signal } from './exit.ts'
import { rightPipeline } from './read-pipeline.ts'
import { tellStack } from './report.ts'
import { startRunServer, type RunServer } from './run-server.ts'
import type { Redact } from './secrets.ts'
import type { ServeOptions } from './serve-options.ts'
import { stopOnSignal, type Stop } from './signals.ts'
import type { View } from './terminal/contract.ts'
import { openView, type ViewOptions } from './terminal/open.ts'

export interface WatchOptions extends ViewOptions, ServeOptions {
  readonly serve: boolean
}

export interface RunPipelineOptions extends WatchOptions {
  readonly set?: readonly string[]
  readonly envFile?: string
  readonly out?: string
  readonly runId?: string
  readonly limit?: number
}

export const runPipeline = (file: string, { set = [], envFile, out, runId = newRunId(), limit, ...options }: RunPipelineOptions): Promise<number> =>
  told(options, async (view, stop) => {
    if (!SLUG.test(runId)) throw fail('pipeline_name', { name: runId })
    const { pipeline, catalogue, redact } = await rightPipeline(file, { set, trust: true, ...(envFile === undefined ? {} : { envFile }) }, (issue) => view.issue(file, issue))
    const folder = path.resolve(out ?? path.join('runs', pipeline.name, runId))
    await refuseTaken(folder) // before anything is told of it
    return runWatched(pipeline, {
      out: folder, run_id: runId, file, catalogue, ...(limit === undefined ? {} : { limit }),
    }, { ...options, view, stop, redact })
  })

export interface ResumeOptions extends WatchOptions {
  readonly envFile?: string
  readonly limit?: number
}

/** The pipeline is that of the run folder, as it was resolved; its paths start from where it was read. */
export const resumePipeline = (name: string, { envFile, limit, ...options }: ResumeOptions): Promise<number> =>
  told(options, async (view, stop) => {
    const out = await findRun(name)
    const { run_id, pipeline: { file, folder } } = await earlierManifest(out)
    const checkpoint = await readCheckpoint(out)
    const { pipeline, catalogue, redact } = await rightPipeline(path.join(out, OF_THE_RUN.pipeline), { trust: true, folder, ...(envFile === undefined ? {} : { envFile }) }, (issue) => view.issue(file, issue))
    return runWatched(pipeline, { out, run_id, file, catalogue, resume: checkpoint, ...(limit === undefined ? {} : { limit }) }, { ...options, view, stop, redact })
  })

interface Watch extends WatchOptions {
  readonly view: View
  readonly stop: Stop
  readonly redact: Redact
}

/** Opens the view, and tells of a failure there. */
async function told(options: ViewOptions, body: (view: View, stop: Stop) => Promise<number>): Promise<number> {
  const view = await openView(options)
  const stop = stopOnSignal((signal) => view.say(`${signal}: ending after a checkpoint; once more to end at once`), () => view.close())
  try {
    return await body(view, stop)
  } catch (error) {
    const failure = failureOf(error)
    view.close()
    view.fail(failure)
    tellStack(error)
    return exitCodeOf(failure.code)
  } finally {
    view.close()
    stop.dispose()
  }
}

async function runWatched(pipeline: PipelineDeclaration, options: RunOptions & { readonly run_id: string }, { view, stop, redact, serve, ...serving }: Watch): Promise<number> {
  const meter = serve ? new Meter() : undefined
  const server = meter === undefined ? undefined : await startRunServer({ pipeline, meter, run_id: options.run_id, folder: options.out }, serving)
  try {
    view.begin({ pipeline, run_id: options.run_id, folder: path.relative('.', options.out) || '.', ...(server === undefined ? {} : { url: server.url }), ...(server?.flight === undefined ? {} : { flight: server.flight }) })
    const summary = await run(pipeline, { ...options, stop: stop.signal, redact, onFailure: tellStack, ...(meter === undefined ? {} : { meter }), ...watchers(view, server) })
    view.close()
    if (summary.error !== undefined) view.fail(failureIn(summary.error))
    process.stdout.write(`${JSON.stringify(summary)}\n`)
    return exitCodeFor(summary, stop.by())
  } finally {
    await server?.close()
  }
}

const watchers = (view: View, server: RunServer | undefined): Pick<RunOptions, 'onEvent' | 'watch' | 'server'> => ({
  onEvent(event) {
    view.event(event)
    server?.event(event)
  },
  watch(stream, batches$, recorded) {
    view.watch(stream, batches$)
    server?.watch(stream, batches$, recorded)
  },
  ...(server === undefined ? {} : { server: server.url }),
})

const failureIn = ({ code = 'internal_error', message, hint = '' }: NonNullable<RunSummary['error']>) => ({ code, message, hint })

function exitCodeFor({ status, streams, error }: RunSummary, signal: Signal | undefined): number {
  if (status === 'failed') return exitCodeOf(error?.code)
  if (status === 'stopped' && signal !== undefined) return EXIT[signal]
  return Object.values(streams).some(({ rows }) => rows > 0) ? EXIT.ok : EXIT.nothing_to_do
}
