/**
 * Files and folders that appear whole: written under another name, renamed when all is on the disk.
 *
 * Errors: sink_exists, sink_disk_full, sink_unwritable, each with the path.
 */
import { createHash, type Hash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { lstat, mkdir, open as openFile, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { fail, HeatbathError } from '../../errors.ts'
import { joinSmall } from '../arrow/chunks.ts'
import type { Places, SinkContext } from './contract.ts'
import { targetOf, type Target } from './paths.ts'

/** The name of what is not whole yet. */
const partOf = (full: string): string => `${full}.part`

/** Chunks are joined up to this size: a call of the system for each would cost more than the copy. */
const JOINED = 65_536

/** Before anything runs: throws sink_exists or sink_path for what could not be written in the end. */
export async function checkPlaces({ paths, overwrite }: Places, context: SinkContext): Promise<void> {
  for (const given of paths) {
    const target = targetOf(given, context)
    await named(target.relative, () => thereIs(target, overwrite || context.is_resumed === true))
  }
}

/** What has the name now; throws sink_exists if that may not be replaced. */
async function thereIs({ full, relative }: Target, overwrite: boolean): Promise<Stats | undefined> {
  const there = await lstat(full).catch(missing)
  if (there !== undefined && !overwrite) throw fail('sink_exists', { path: relative })
  return there
}

/** For a file: throws sink_exists if it is there and may not be replaced; makes the folders above it. */
export async function prepareFile(target: Target, overwrite: boolean): Promise<void> {
  const { full, relative } = target
  await named(relative, async () => {
    const there = await thereIs(target, overwrite)
    if (there?.isDirectory() === true) throw fail('sink_unwritable', { path: relative, reason: 'it is a folder' })
    await mkdir(path.dirname(full), { recursive: true })
  })
}

/** For a folder: the same; one that holds anything but files of such names is never replaced. */
export async function prepareFolder(target: Target, overwrite: boolean, names: RegExp): Promise<void> {
  const { full, relative } = target
  await named(relative, async () => {
    const there = await thereIs(target, overwrite)
    const other = there === undefined ? undefined : (await readdir(full)).find((name) => !names.test(name))
    if (other !== undefined) throw fail('sink_unwritable', { path: relative, reason: `the folder holds ${other}` })
    await mkdir(path.dirname(full), { recursive: true })
  })
}

/** A file under another name, with the sum of what was written into it. */
export class PartFile {
  readonly #target: Target
  readonly #file: FileHandle
  readonly #hash: Hash
  #bytes = 0
  #is_open = true

  private constructor(target: Target, file: FileHandle, hash: Hash) {
    this.#target = target
    this.#file = file
    this.#hash = hash
  }

  /** Begins a file beside its target; `hash` may go on from another file's. */
  static create(target: Target, hash = createHash('sha256')): Promise<PartFile> {
    return named(target.relative, async () => new PartFile(target, await openFile(partOf(target.full), 'w'), hash))
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Under one of these names, one after the other, the file can be read. */
  get names(): readonly string[] {
    return [partOf(this.#target.full), this.#target.full]
  }

  /** Hexadecimal. */
  get sha256(): string {
    return this.#hash.copy().digest('hex')
  }

  /** Resolves when the system has taken all bytes. */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    await named(this.#target.relative, async () => {
      for (const chunk of joinSmall(chunks, JOINED)) {
        const written = writeAll(this.#file, chunk)
        this.#hash.update(chunk) // while another thread writes
        await written
        this.#bytes += chunk.length
      }
    })
  }

  /** Brings all to the disk; the name stays. */
  async seal(): Promise<void> {
    await named(this.#target.relative, async () => {
      await this.#file.sync()
      await this.#close()
    })
  }

  /** Seals and renames. */
  async commit(): Promise<void> {
    if (this.#is_open) await this.seal()
    await publish(this.#target)
  }

  /** Leaves nothing. */
  async abort(): Promise<void> {
    try {
      await this.#close()
    } finally {
      await rm(partOf(this.#target.full), { force: true })
    }
  }

  async #close(): Promise<void> {
    if (!this.#is_open) return
    this.#is_open = false
    await this.#file.close()
  }
}

/** A folder under another name. */
export class PartFolder {
  readonly #target: Target

  private constructor(target: Target) {
    this.#target = target
  }

  /** Begins an empty folder beside its target; what an earlier run left half done is removed. */
  static async create(target: Target): Promise<PartFolder> {
    await named(target.relative, async () => {
      await rm(partOf(target.full), { recursive: true, force: true })
      await mkdir(partOf(target.full))
    })
    return new PartFolder(target)
  }

  /** Where a file of the folder can be read once the folder has its name. */
  later(name: string): string {
    return path.join(this.#target.full, name)
  }

  /** A file in the folder; it keeps its name when the folder gets its own. */
  file(name: string): Target {
    return { full: path.join(partOf(this.#target.full), name), relative: `${this.#target.relative}/${name}` }
  }

  async commit(): Promise<void> {
    await named(this.#target.relative, () => syncFolder(partOf(this.#target.full)))
    await publish(this.#target)
  }

  async abort(): Promise<void> {
    await rm(partOf(this.#target.full), { recursive: true, force: true })
  }
}

/**
 * Gives what is whole its name. A file that had it before is replaced at one stroke; a folder is
 * moved aside first, for rename does not replace folders.
 */
async function publish({ full, relative }: Target): Promise<void> {
  await named(relative, async () => {
    const old = `${full}.old`
    const is_folder = (await lstat(full).catch(missing))?.isDirectory() === true
    if (is_folder) {
      await rm(old, { recursive: true, force: true })
      await rename(full, old)
    }
    try {
      await rename(partOf(full), full)
    } catch (error) {
      if (is_folder) await rename(old, full)
      throw error
    }
    if (is_folder) await rm(old, { recursive: true, force: true })
    await syncFolder(path.dirname(full))
  })
}

/** Makes names durable. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // folders cannot be opened there
  const handle = await openFile(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at, chunk.length - at)).bytesWritten
}

function missing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}

/** Errors of the file system, as those of a sink. */
export async function named<T>(relative: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof HeatbathError) throw error
    const code = codeOf(error)
    if (code === 'ENOSPC' || code === 'EDQUOT') throw fail('sink_disk_full', { path: relative }, error)
    throw fail('sink_unwritable', { path: relative, reason: error instanceof Error ? error.message : String(error) }, error)
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
