/** Who tells what a run does: on a screen that changes, in lines, as JSON, or hardly at all. */
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import type { PipelineDeclaration } from '../../../pipelines/declaration.ts'
import type { RunEvent } from '../../../pipelines/events.ts'
import type { Issue } from '../../../pipelines/issues.ts'
import type { Failure } from '../exit.ts'

/** What is about to run. */
export interface Beginning {
  readonly pipeline: PipelineDeclaration
  readonly run_id: string
  readonly folder: string
  /** Where it can be watched. */
  readonly url?: string
  /** Where Arrow Flight is spoken. */
  readonly flight?: string
}

export interface View {
  /** A fault or a warning of the declaration. */
  issue(file: string, issue: Issue): void
  begin(beginning: Beginning): void
  event(event: RunEvent): void
  /** Sees a stream; keeps no more than its last batch, and holds nothing back. */
  watch(stream: string, batches$: Observable<RecordBatch>): void
  /** Something to know that is no event of the run. */
  say(message: string): void
  fail(failure: Failure): void
  /** Leaves the terminal as it was. Doing it twice is harmless. */
  close(): void
}
