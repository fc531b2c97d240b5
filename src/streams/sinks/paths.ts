/** Where a sink writes: below the run folder, always, and beside what the run itself writes there. */
import path from 'node:path'
import { fail } from '../../errors.ts'
import type { SinkContext } from './contract.ts'

export interface Target {
  /** Absolute. */
  readonly full: string
  /** As the run's manifest names it: relative to the run folder, with / between its parts. */
  readonly relative: string
}

/** What the run writes, besides its outputs. */
export const OF_THE_RUN = { manifest: 'manifest.json', pipeline: 'pipeline.yaml', checkpoints: 'checkpoints' } as const

/** Throws sink_path for a path that is the run folder itself, leads out of it, or is taken by the run. */
export function targetOf(given: string, { folder }: Pick<SinkContext, 'folder'>): Target {
  const full = path.resolve(folder, given)
  const relative = path.relative(path.resolve(folder), full)
  const is_outside = relative === '' || relative.split(path.sep)[0] === '..' || path.isAbsolute(relative)
  if (is_outside || given.includes('\0')) throw fail('sink_path', { path: given, problem: 'it does not lie in the run folder' })
  const taken = Object.values(OF_THE_RUN).find((name) => name === relative.split(path.sep)[0])
  if (taken !== undefined) throw fail('sink_path', { path: given, problem: `${taken} is written by the run itself` })
  return { full, relative: relative.split(path.sep).join('/') }
}
