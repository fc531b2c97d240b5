/**
 * Checks once per store, processor and Node version that TensorFlow loads and computes.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { SetupFailure } from './failure.mjs'
import { tfjsNodeIn } from './locate.mjs'
import { lastWords, run } from './run.mjs'

/** @param {string} store @returns {Promise<boolean>} false when it was checked before */
export async function checkOnce(store) {
  const mark = path.join(store, 'checked', circumstances())
  if (existsSync(mark)) return false
  const script = fileURLToPath(new URL('./try.mjs', import.meta.url))
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' }
  const result = await run(process.execPath, [script, tfjsNodeIn(store)], { env })
  if (!result.ok) {
    throw new SetupFailure(`TensorFlow does not load here. A signal SIGILL means that the processor is too old for it (it needs AVX); a missing library, that it has to be installed. Set HEATBATH_BACKEND=eager to go on with tfjs's CPU backend, or remove ${store} and run this again. Its last words: ${lastWords(result)}`)
  }
  try {
    mkdirSync(path.dirname(mark), { recursive: true })
    writeFileSync(mark, '')
  } catch {
    // a cache shared read-only: checked again next time
  }
  return true
}

function circumstances() {
  return createHash('sha256').update(`${process.version} ${process.arch} ${os.cpus()[0]?.model}`).digest('hex').slice(0, 12)
}
