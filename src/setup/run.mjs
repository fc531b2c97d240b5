/**
 * Runs another program.
 *
 * Nothing a child prints reaches stdout, which belongs to whoever called us. A `shown` child writes
 * to the terminal (progress); of any other only the last words are kept, for the message in case it
 * fails.
 */
import { spawn } from 'node:child_process'

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/**
 * @typedef {object} Options
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {boolean} [shown]
 * @property {(pid: number) => void} [started]
 */
/**
 * @typedef {object} Result
 * @property {boolean} ok exit status 0
 * @property {boolean} found the program could be started at all
 * @property {string} ending exit status or signal, in words
 * @property {string} output the last of stdout and stderr
 */

const KEPT_CHARACTERS = 4_000

/** @type {Set<ChildProcess>} */
const children = new Set()

/**
 * @param {string} program
 * @param {readonly string[]} words
 * @param {Options} [options]
 * @returns {Promise<Result>}
 */
export function run(program, words, { cwd, env, shown = false, started } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', shown ? 2 : 'pipe', 'pipe'],
    })
    children.add(child)
    if (child.pid !== undefined) started?.(child.pid)
    let output = ''
    const keep = (/** @type {Buffer} */ bytes) => {
      if (shown) process.stderr.write(bytes)
      output = (output + bytes.toString()).slice(-KEPT_CHARACTERS)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.on('error', ({ message }) => end({ ok: false, found: child.pid !== undefined, ending: message, output }))
    child.on('close', (status, signal) =>
      end({ ok: status === 0, found: true, ending: signal ?? `exit status ${status}`, output: output.trim() }))

    /** @param {Result} result */
    function end(result) {
      children.delete(child)
      resolve(result)
    }
  })
}

/** For when a signal ends us. */
export function stopChildren() {
  for (const child of children) child.kill()
}

/** The end of a failed program's output, for a message. @param {Result} result @returns {string} */
export function lastWords({ ending, output }) {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return [ending, ...lines.slice(-12)].join('\n  ')
}
