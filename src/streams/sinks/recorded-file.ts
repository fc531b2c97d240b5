/**
 * A file of a run that is read while it may get its next name: `x.part` becomes `x`.
 * Errors: source_missing.
 */
import { open as openFile, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { fail } from '../../errors.ts'

export interface OpenedFile {
  readonly file: FileHandle
  readonly name: string
}

/** Opened under the first of its names that is there. */
export async function opened(names: readonly string[]): Promise<OpenedFile> {
  for (let round = 0; round < 2; round++) { // between two looks it may have got its next name
    for (const name of names) {
      const file = await openFile(name, 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
      })
      if (file !== undefined) return { file, name }
    }
  }
  throw missing(path.basename(names.at(-1) as string))
}

export const missing = (name: string): Error =>
  fail('source_missing', { path: name, remedy: 'It was there when the run wrote it: has the run folder been changed since?' })
