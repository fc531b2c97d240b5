/** Pipelines that are run in a folder of their own, in this process, without TensorFlow. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { exitCodeOf } from '../../../src/interfaces/cli/exit.ts'
import { HeatbathError } from '../../../src/errors.ts'
import { readCheckpoint } from '../../../src/pipelines/checkpoint.ts'
import type { RunEvent } from '../../../src/pipelines/events.ts'
import { formatIssue, isError, type Issue } from '../../../src/pipelines/issues.ts'
import { lint } from '../../../src/pipelines/lint.ts'
import { run, type RunOptions, type RunSummary } from '../../../src/pipelines/run.ts'
import { readManifest, type Manifest } from '../../../src/pipelines/run-folder.ts'
import { folderWith } from '../../interfaces/cli/command.ts'

process.env.HEATBATH_BACKEND = 'eager'

export interface Attempt {
  readonly yaml: string
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** Is done in the folder of the pipeline before the run; `out` is its run folder. */
  readonly before?: (folder: string, out: string) => void
  readonly options?: Partial<RunOptions>
}

export interface Outcome {
  readonly folder: string
  readonly out: string
  /** Absent if the run did not begin. */
  readonly summary?: RunSummary
  readonly manifest?: Manifest
  readonly error?: { readonly code?: string; readonly message: string; readonly hint?: string }
  readonly exit: number
  /** Files in the run folder, but for those of the run itself. */
  readonly left: readonly string[]
  readonly events: readonly RunEvent[]
}

export async function attempt({ yaml, files = {}, before, options }: Attempt): Promise<Outcome> {
  const folder = folderWith({ 'a.yaml': yaml })
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), content)
  }
  before?.(folder, path.join(folder, 'out'))
  return begun(folder, path.join(folder, 'a.yaml'), options)
}

/** The run goes on, from its last checkpoint. */
export async function resumed({ folder, out }: Outcome, options: Partial<RunOptions> = {}): Promise<Outcome> {
  try {
    return await begun(folder, path.join(out, 'pipeline.yaml'), { out, resume: await readCheckpoint(out), ...options })
  } catch (error) {
    return outcome(folder, out, [], undefined, error)
  }
}

async function begun(folder: string, file: string, options: Partial<RunOptions> = {}): Promise<Outcome> {
  const out = options.out ?? path.join(folder, 'out')
  const { declaration, issues, catalogue } = await lint(readFileSync(file, 'utf8'), { folder, trust: true, ...(options.catalogue === undefined ? {} : { catalogue: options.catalogue }) })
  if (declaration === undefined) {
    const [error, ...others] = issues.filter(isError) as [Issue, ...Issue[]]
    if (others.length > 0) throw new Error(issues.map((issue) => formatIssue(file, issue)).join('\n'))
    return { folder, out, events: [], error, exit: exitCodeOf(error.code), left: [] }
  }
  const events: RunEvent[] = []
  try {
    const summary = await run(declaration, { out, run_id: 'one', file: path.join(folder, 'a.yaml'), onEvent: (event) => events.push(event), ...options, catalogue })
    return await outcome(folder, out, events, summary)
  } catch (error) {
    return outcome(folder, out, events, undefined, error)
  }
}

async function outcome(folder: string, out: string, events: readonly RunEvent[], summary?: RunSummary, thrown?: unknown): Promise<Outcome> {
  if (thrown !== undefined && !(thrown instanceof HeatbathError)) throw thrown
  const error = summary?.error ?? thrown
  return {
    folder, out, events,
    ...(summary === undefined ? {} : { summary }),
    ...(existsSync(path.join(out, 'manifest.json')) ? { manifest: await readManifest(out) } : {}),
    ...(error === undefined ? {} : { error }),
    exit: error === undefined ? 0 : exitCodeOf(error.code),
    left: filesIn(out).filter((name) => name !== 'manifest.json' && name !== 'pipeline.yaml' && !name.startsWith('checkpoints/')),
  }
}

/** Of a folder and those in it, in order; none if there is no such folder. */
export const filesIn = (folder: string): string[] =>
  (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true ? [] : readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory()).map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/')).sort()
