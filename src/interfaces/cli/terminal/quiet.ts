/** Only what is wrong. */
import type { Failure } from '../exit.ts'
import type { Issue } from '../../../pipelines/issues.ts'
import type { View } from './contract.ts'

export function quiet({ issue, fail }: { issue(file: string, issue: Issue): void; fail(failure: Failure): void }): View {
  const nothing = (): void => undefined
  return { issue, fail, begin: nothing, event: nothing, watch: nothing, say: nothing, close: nothing }
}
