/**
 * What a run says at its end beyond vitest's own words: which tests were not run and why, and how
 * likely the statistical checks that were made are to fail by chance alone.
 */
import type { Reporter, TestModule, Vitest } from 'vitest/node'

/** The most that all statistical checks together may fail by chance. */
export const MAX_FALSE_ALARM_RATE = 1e-3

declare module 'vitest' {
  interface TaskMeta {
    /** α of each statistical check that the test made. */
    alphas?: number[]
  }
}

export class Report implements Reporter {
  #chosen = false

  onInit(vitest: Vitest): void {
    this.#chosen = vitest.config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = [...notRun(modules, this.#chosen), ...statistics(modules)]
    if (lines.length > 0) console.log(`${lines.join('\n')}\n`)
  }
}

/** Tests that were not chosen to run are not listed. */
function notRun(modules: readonly TestModule[], chosen: boolean): string[] {
  const reasons = new Map<string, string[]>()
  for (const module of modules) {
    for (const test of module.children.allTests('skipped')) {
      const result = test.result()
      const why = (result.state === 'skipped' ? result.note : undefined) ?? (chosen ? undefined : 'no reason given')
      if (why === undefined) continue
      reasons.set(why, [...(reasons.get(why) ?? []), `${module.relativeModuleId} > ${test.fullName}`])
    }
  }
  if (reasons.size === 0) return []
  return ['Not run, and why:', ...[...reasons].flatMap(([why, tests]) => [`  ${why}`, ...tests.map((test) => `    ${test}`)]), '']
}

function statistics(modules: readonly TestModule[]): string[] {
  const alphas = modules.flatMap((module) => [...module.children.allTests()].flatMap((test) => test.meta().alphas ?? []))
  if (alphas.length === 0) return []
  const rate = alphas.reduce((sum, alpha) => sum + alpha)
  const isTooMuch = rate > MAX_FALSE_ALARM_RATE
  if (isTooMuch) process.exitCode = 1
  return [`${alphas.length} statistical checks, false-alarm rate ${rate.toExponential(1)} of at most ${MAX_FALSE_ALARM_RATE}${isTooMuch ? ': TOO MUCH, the run fails' : ''}`]
}
