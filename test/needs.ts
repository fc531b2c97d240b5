/**
 * Systems that a machine may lack. Tests that need one are skipped with a reason, which the run
 * repeats at its end (report.ts).
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { beforeEach } from 'vitest'
import { loaded } from '../src/engine/tf.ts'

/** Chromium, where Debian, Ubuntu and Google put it, or where HEATBATH_TEST_CHROMIUM says. */
export const CHROMIUM = [process.env.HEATBATH_TEST_CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => file !== '' && existsSync(file))

/** For each system, why it is not there; undefined if it is. */
const MISSING = {
  tensorflow: () => (loaded().kind === 'xla' ? undefined : `TensorFlow is not set up: ${loaded().reason}`),
  python: () => (process.env.HEATBATH_TEST_PYTHON ? undefined : 'no Python with pyarrow: name its executable in HEATBATH_TEST_PYTHON'),
  openssl: () => (spawnSync('openssl', ['version']).status === 0 ? undefined : 'no openssl to make certificates with'),
  chromium: () => (CHROMIUM === undefined ? 'no Chromium: install it (Debian: apt-get install chromium), or name its executable in HEATBATH_TEST_CHROMIUM' : undefined),
} satisfies Record<string, () => string | undefined>

/** Skips the tests of this file, or of the `describe` it is called in, where a system is missing. */
export function needs(system: keyof typeof MISSING): void {
  beforeEach((context) => {
    const reason = MISSING[system]()
    if (reason !== undefined) context.skip(reason)
  })
}

export const has = (system: keyof typeof MISSING): boolean => MISSING[system]() === undefined
