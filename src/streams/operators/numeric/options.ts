/** What every operator made of kernels may be given. */
import type { Executor } from '../../../engine/index.ts'

export interface FlowOptions {
  readonly executor?: Executor
  /** Once aborted, no further batch is taken, and the stream completes. */
  readonly stop?: AbortSignal
  /** At most so many batches a call; for tests, as it changes no number by more than 1e-5. */
  readonly max_batches_per_call?: number
}
