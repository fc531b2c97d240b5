/**
 * Sources: where rows come from.
 *
 * Pulled, never pushed: a source reads its next batch only while the gates downstream are open. All
 * batches of a source have one schema. Subscribing again reads again from the first row, unless the
 * source says that it cannot.
 */
import type { RecordBatch, Schema } from 'apache-arrow'
import type { Observable } from 'rxjs'
import type { z } from 'zod'
import { unit, type Declaration, type Unit } from '../../unit.ts'

export interface SourceContext {
  /** Folder that relative paths start from. */
  readonly folder: string
  readonly seed: number
  /** Name of the stream: generated data of different names are independent. */
  readonly stream: string
  /** Read no more rows than this. */
  readonly limit?: number
}

export interface Source {
  readonly rows$: Observable<RecordBatch>
  schema(): Promise<Schema>
  /** Number of rows, where it is known without reading them all; of a source that drops some it may be too large. */
  numRows?(): Promise<number | undefined>
  /** False if a second subscription cannot start again from the first row. */
  readonly can_replay: boolean
}

/** A source that is declared; it opens nothing until it is asked. */
export interface DeclaredSource {
  open(context: SourceContext): Source
}

export function defineSource<C extends z.ZodType>(
  declaration: Declaration<C> & { open(config: z.output<C>, context: SourceContext): Source },
): Unit<'source', C, DeclaredSource> {
  return unit('source', declaration, (config) => ({ open: (context) => declaration.open(config, context) }))
}
