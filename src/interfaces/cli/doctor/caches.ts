/** What lies in the cache folder, and how much of it. */
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { freeMegabytes } from '../../../setup/failure.mjs'
import { cacheRoot } from '../../../setup/cache.mjs'

export interface Caches {
  readonly folder: string
  readonly free_mb: number
  readonly entries: readonly { readonly name: string; readonly bytes: number }[]
}

export function caches(): Caches {
  const folder = cacheRoot()
  const entries = entriesOf(folder).filter((name) => !name.startsWith('.')).map((name) => ({ name, bytes: sizeOf(path.join(folder, name)) }))
  return { folder, free_mb: freeMegabytes(existing(folder)), entries: entries.sort((a, b) => b.bytes - a.bytes) }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function sizeOf(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return 0 // gone meanwhile
  return stat.isDirectory() ? entriesOf(file).reduce((sum, name) => sum + sizeOf(path.join(file, name)), 0) : stat.size
}

/** The folder itself, or what it will be made in. */
function existing(folder: string): string {
  return statSync(folder, { throwIfNoEntry: false }) === undefined && folder !== path.dirname(folder) ? existing(path.dirname(folder)) : folder
}
