/**
 * Who a lock or a temporary folder belongs to: `<place>-<pid>`.
 *
 * The place is the host and, on Linux, its process namespace: containers that share a folder have
 * equal process ids. Only of its own place can a process say that another is gone.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import os from 'node:os'

/** @param {number} pid @returns {string} */
export function ownerOf(pid) {
  return `${place()}-${pid}`
}

/** @param {string} owner @returns {boolean} true only when that process is certainly dead */
export function isGone(owner) {
  const [where, pid] = owner.split('-')
  if (where !== place()) return false
  try {
    process.kill(Number(pid), 0)
    return isZombie(pid)
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH'
  }
}

/** Dead, but not yet waited for; in a container, perhaps never. @param {string | undefined} pid */
function isZombie(pid) {
  try {
    return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false // not Linux
  }
}

function place() {
  return createHash('sha256').update(`${os.hostname()} ${processNamespace()}`).digest('hex').slice(0, 8)
}

function processNamespace() {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return '' // not Linux
  }
}
