/**
 * What set-up says, and how it fails.
 *
 * A `SetupFailure` is one paragraph for the person at the terminal: what is wrong and what to do.
 * Faults of the file system (full, read-only, not ours) become one too; anything else is a bug of
 * set-up and keeps its stack.
 */
import { statfsSync } from 'node:fs'

const DISK_FULL = /no space left|ENOSPC|EDQUOT|quota exceeded/i

export class SetupFailure extends Error {
  /** @override */
  name = 'SetupFailure'
}

/** @param {string} message */
export function say(message) {
  process.stderr.write(`heatbath setup: ${message}\n`)
}

/**
 * The paragraph for an error.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function explain(error) {
  const { code, path, message, stack } = /** @type {NodeJS.ErrnoException} */ (error)
  const full = message.split('\n').find((line) => DISK_FULL.test(line)) // ours, or a child's last words
  if (full !== undefined) return `the disk is full. Free some space, or set HEATBATH_CACHE to a folder on a larger disk, and run this again. What failed: ${full.trim()}`
  if (error instanceof SetupFailure) return message
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return `${path} cannot be written (${code}). Make it writable for this user, or, if it belongs to the cache, set HEATBATH_CACHE to a folder that is, and run this again.`
  }
  return `failed in an unforeseen way, please report it: ${stack ?? message}`
}

/**
 * Space left for this user, or Infinity where the file system does not say.
 *
 * @param {string} folder
 * @returns {number}
 */
export function freeMegabytes(folder) {
  try {
    const { blocks, bavail, bsize } = statfsSync(folder)
    return blocks === 0 ? Infinity : Math.floor((bavail * bsize) / 1e6)
  } catch {
    return Infinity
  }
}
