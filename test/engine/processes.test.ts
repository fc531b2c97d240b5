/** What another process computes: with the cache of compiled programs, and without TensorFlow. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { needs } from '../needs.ts'

interface Said {
  readonly kind: 'xla' | 'eager'
  readonly training_ms: number
  /** Of all numbers, to the last bit. */
  readonly digest: string
  readonly numbers: Readonly<Record<string, readonly number[]>>
}

/** Runs child.mjs, which trains a small net for five steps and samples it and an energy. */
async function child(env: Record<string, string>): Promise<Said> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'child.mjs')], { env: { ...process.env, ...env } })
  expect(stderr).toBe('') // neither TensorFlow nor tfjs speaks
  return JSON.parse(stdout) as Said
}

const cache = mkdtempSync(path.join(os.tmpdir(), 'heatbath-xla-'))
afterAll(() => rmSync(cache, { recursive: true }))

const cached = { TF_XLA_FLAGS: `--tf_xla_persistent_cache_directory=${cache}` }
let first: Promise<Said> | undefined

/** The process that compiles everything itself. */
const compiling = (): Promise<Said> => (first ??= child(cached))

describe('a second process with the cache of compiled programs', () => {
  needs('tensorflow')

  test('computes the same bits, and its first call takes less time', async () => {
    const one = await compiling()
    expect(one.kind).toBe('xla')
    expect(readdirSync(cache)).toHaveLength(3) // a training and two samplings
    const [two, three] = [await child(cached), await child(cached)]
    expect([two.digest, three.digest]).toEqual([one.digest, one.digest])
    expect(Math.min(two.training_ms, three.training_ms)).toBeLessThan(0.85 * one.training_ms)
  })
})

describe('without TensorFlow', () => {
  needs('tensorflow') // to compare with

  test('training and sampling give the same numbers to 1e-4', async () => {
    const [compiled, eager] = [await compiling(), await child({ HEATBATH_BACKEND: 'eager' })]
    expect(eager.kind).toBe('eager')
    for (const [name, values] of Object.entries(compiled.numbers)) {
      expect(eager.numbers[name], name).toHaveLength(values.length)
      const difference = Math.max(...values.map((value, i) => Math.abs(value - (eager.numbers[name]?.[i] as number)) / Math.max(1, Math.abs(value))))
      expect(difference, name).toBeLessThan(1e-4)
    }
  })

})
