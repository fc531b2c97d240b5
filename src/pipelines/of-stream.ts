/** Which stream an error is of: the first that it passes, as those that read it are not at fault. */
import { HeatbathError } from '../errors.ts'

/** The same error, with the stream's name unless it tells one. */
export function ofStream(error: unknown, stream: string): unknown {
  if (!(error instanceof HeatbathError) || 'stream' in error.details) return error
  return new HeatbathError(error.code, { ...error.details, stream }, error)
}
