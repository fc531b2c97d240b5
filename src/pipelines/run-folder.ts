/**
 * A run on disk: `runs/<name>/<run id>/`.
 *
 *   pipeline.yaml   as it was resolved, secrets left out
 *   manifest.json   what ran where, with what result
 *   checkpoints/    what `resume` goes on from
 *   ...             the outputs
 */
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fail } from '../errors.ts'
import { loaded } from '../engine/index.ts'
import { VERSION } from '../version.ts'
import type { Written } from '../streams/sinks/contract.ts'
import { named } from '../streams/sinks/disk.ts'
import { OF_THE_RUN } from '../streams/sinks/paths.ts'
import type { RunStatus } from './events.ts'

export interface Manifest {
  readonly heatbath: string
  readonly run_id: string
  readonly name: string
  readonly seed: number
  readonly status: RunStatus
  /** The pipeline's file, absolute, and the folder that its paths start from. */
  readonly pipeline: { readonly file: string; readonly folder: string }
  readonly process_id: number
  readonly started: string
  readonly ended?: string
  readonly seconds?: number
  readonly machine: Machine
  readonly streams: Readonly<Record<string, { readonly rows: number; readonly batches: number }>>
  readonly outputs: readonly (Written & { readonly of: string; readonly sink: string })[]
  readonly models: Readonly<Record<string, { readonly version: number }>>
  readonly error?: { readonly code?: string; readonly message: string; readonly hint?: string }
  /** Where the run is watched, while it runs. */
  readonly server?: string
}

/** What the bits of a run may depend on, besides the pipeline. */
export interface Machine {
  readonly node: string
  readonly platform: string
  readonly cpu: string
  readonly threads: number
  readonly engine: 'xla' | 'eager'
  readonly xla_flags: string
}

export const machine = (): Machine => ({
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  cpu: os.cpus()[0]?.model ?? 'unknown',
  threads: os.availableParallelism(),
  engine: loaded().kind,
  xla_flags: process.env.XLA_FLAGS ?? '',
})

/** `20261124-201530-3f9a`: sorts by time; the end keeps two runs of one second apart. */
export function newRunId(now = new Date()): string {
  const digits = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${digits}-${Math.floor(now.getMilliseconds() * 65.536 + process.pid).toString(16).slice(-4).padStart(4, '0')}`
}

export class RunFolder {
  readonly path: string
  #manifest: Manifest

  private constructor(folder: string, manifest: Manifest) {
    this.path = folder
    this.#manifest = manifest
  }

  /** Makes the folder. Throws run_exists if it holds a run already. */
  static async create(folder: string, manifest: Omit<Manifest, 'heatbath' | 'status' | 'process_id' | 'started' | 'machine' | 'streams' | 'outputs' | 'models'>): Promise<RunFolder> {
    await refuseTaken(folder)
    await named(folder, () => mkdir(folder, { recursive: true }))
    const run = new RunFolder(folder, {
      heatbath: VERSION, ...manifest, status: 'running', process_id: process.pid, started: new Date().toISOString(), machine: machine(),
      streams: {}, outputs: [], models: {},
    })
    await run.#save()
    return run
  }

  /** Opens the folder of an earlier run. Throws run_missing if there is none, run_active if it goes on. */
  static async open(folder: string): Promise<RunFolder> {
    return new RunFolder(folder, await earlierManifest(folder))
  }

  get manifest(): Manifest {
    return this.#manifest
  }

  async update(change: Partial<Manifest>): Promise<void> {
    this.#manifest = { ...this.#manifest, ...change }
    await this.#save()
  }

  /** The last update of a run: nobody watches it any more. */
  async end(change: Partial<Manifest>): Promise<void> {
    const { server: _, ...manifest } = this.#manifest
    this.#manifest = manifest
    await this.update(change)
  }

  #save(): Promise<void> {
    return writeWhole(path.join(this.path, OF_THE_RUN.manifest), `${JSON.stringify(this.#manifest, null, 2)}\n`)
  }
}

export async function readManifest(folder: string): Promise<Manifest> {
  try {
    return JSON.parse(await readFile(path.join(folder, OF_THE_RUN.manifest), 'utf8')) as Manifest
  } catch (error) {
    throw fail('run_missing', { folder }, error)
  }
}

/** Throws run_exists for a folder that holds a run already. */
export async function refuseTaken(folder: string): Promise<void> {
  if (!existsSync(path.join(folder, OF_THE_RUN.manifest))) return
  const can_resume = (await checkpointNumbers(folder)).length > 0
  throw fail('run_exists', { folder, otherwise: can_resume ? ', or `heatbath resume` it' : '; it has no checkpoint to resume from' })
}

/** The manifest of a run that is over, or was killed. Throws run_missing if there is none, run_active if it goes on. */
export async function earlierManifest(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder)
  if (statusOf(manifest) === 'running' && manifest.process_id !== process.pid) throw fail('run_active', { folder, process_id: manifest.process_id })
  return manifest
}

/** Numbers of the checkpoints of a run, the last one last. */
export async function checkpointNumbers(folder: string): Promise<number[]> {
  const root = path.join(folder, OF_THE_RUN.checkpoints)
  const names = existsSync(root) ? await readdir(root) : []
  return names.filter((name) => /^\d{6}$/.test(name)).map(Number).sort((a, b) => a - b)
}

/** A run whose process is gone was killed. */
export const statusOf = ({ status, process_id }: Manifest): RunStatus | 'killed' =>
  status === 'running' && !isAlive(process_id) ? 'killed' : status

function isAlive(process_id: number): boolean {
  try {
    return process.kill(process_id, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Writes a file so that whoever reads it sees all of it or what was there before. Errors: sink_disk_full, sink_unwritable. */
export function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const part = `${file}.part`
  return named(file, async () => {
    await mkdir(path.dirname(file), { recursive: true })
    try {
      await writeSynced(part, content)
      await rename(part, file)
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
  })
}

async function writeSynced(file: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(file, 'w')
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export interface FoundRun {
  readonly folder: string
  readonly manifest: Manifest
}

/** Manifests of all runs below a folder, newest first. */
export async function listRuns(root: string): Promise<FoundRun[]> {
  const folders = async (parent: string): Promise<string[]> =>
    (await readdir(parent, { withFileTypes: true }).catch(() => [])).filter((entry) => entry.isDirectory()).map(({ name }) => path.join(parent, name))
  const runs: FoundRun[] = []
  for (const name of await folders(root)) {
    for (const folder of await folders(name)) {
      if (existsSync(path.join(folder, OF_THE_RUN.manifest))) runs.push({ folder, manifest: await readManifest(folder) })
    }
  }
  return runs.sort((a, b) => b.manifest.started.localeCompare(a.manifest.started))
}

/** The folder of a run given as a path, as `name/id`, as `name` or as `name@latest`: the newest of that name. Throws run_missing if there is none. */
export async function findRun(text: string, root = 'runs'): Promise<string> {
  const { runs: [newest] } = await findRuns(text, root)
  return newest.folder
}

export interface FoundRuns {
  /** Newest first. */
  readonly runs: readonly [FoundRun, ...FoundRun[]]
  /** Whether the text names a pipeline and leaves open which of its runs is meant. */
  readonly by_name: boolean
}

/** The runs that a text may mean, as `findRun` reads it. Throws run_missing if there is none. */
export async function findRuns(text: string, root = 'runs'): Promise<FoundRuns> {
  if (existsSync(path.join(text, OF_THE_RUN.manifest))) return { runs: [{ folder: path.resolve(text), manifest: await readManifest(text) }], by_name: false }
  const [name = '', id = 'latest'] = text.split(/[@/]/)
  const by_name = id === 'latest'
  const [newest, ...others] = (await listRuns(path.resolve(root))).filter(({ manifest }) => manifest.name === name && (by_name || manifest.run_id === id))
  if (newest === undefined) throw fail('run_missing', { folder: text })
  return { runs: [newest, ...others], by_name }
}
