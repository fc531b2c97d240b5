/** Where a sink writes: below the run folder, always. */
import path from 'node:path'
import { fail } from '../../errors.ts'
import type { SinkContext } from './contract.ts'

export interface Target {
  /** Absolute. */
  readonly full: string
  /** As the run's manifest names it: relative to the run folder, with / between its parts. */
  readonly relative: string
}

/** Throws sink_path for a path that is the run folder itself, or leads out of it. */
export function targetOf(given: string, { folder }: SinkContext): Target {
  const full = path.resolve(folder, given)
  const relative = path.relative(path.resolve(folder), full)
  const is_outside = relative === '' || relative.split(path.sep)[0] === '..' || path.isAbsolute(relative)
  if (is_outside || given.includes('\0')) throw fail('sink_path', { path: given })
  return { full, relative: relative.split(path.sep).join('/') }
}
