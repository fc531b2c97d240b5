/**
 * One set-up at a time.
 *
 * The lock is a file that names its owners, the set-up and the child that does its work, and is
 * touched every few seconds. It is free again when it is removed, when all its owners are dead, or
 * when nobody has touched it for ten minutes (an owner on another host, of whose death nobody here
 * can know).
 */
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from './failure.mjs'
import { isGone, ownerOf } from './owner.mjs'

const POLL_MS = 200
const TOUCH_MS = 5_000
const ABANDONED_MS = 600_000

/**
 * @template T
 * @param {string} file
 * @param {(alsoFor: (pid: number) => void) => Promise<T>} work may name a child that must end, too, before the lock is free
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  const release = await acquire(file)
  try {
    return await work((pid) => writeFileSync(file, `${ownerOf(process.pid)} ${ownerOf(pid)}`))
  } finally {
    release()
  }
}

/** @param {string} file @returns {Promise<() => void>} */
async function acquire(file) {
  for (let is_told = false; !create(file); ) {
    const seen = owners(file)
    if (seen === undefined) continue // just released
    if (isAbandoned(file, seen)) {
      breakLock(file, seen)
      continue
    }
    if (!is_told) say('another set-up is at work; waiting for it')
    is_told = true
    await sleep(POLL_MS)
  }
  const touching = setInterval(() => touch(file), TOUCH_MS).unref()
  const release = () => {
    clearInterval(touching)
    process.off('exit', release)
    rmSync(file, { force: true })
  }
  process.on('exit', release)
  return release
}

/** @param {string} file @returns {boolean} */
function create(file) {
  try {
    writeFileSync(file, ownerOf(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
    return false
  }
}

/** @param {string} file @returns {string | undefined} */
function owners(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** @param {string} file @param {string} seen */
function isAbandoned(file, seen) {
  const age_ms = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  return age_ms > ABANDONED_MS || (seen !== '' && seen.split(' ').every(isGone))
}

/**
 * Of several that want to, one moves the file away; who finds that it moved another's puts it back.
 *
 * @param {string} file
 * @param {string} seen
 */
function breakLock(file, seen) {
  const aside = `${file}.${ownerOf(process.pid)}`
  try {
    renameSync(file, aside)
    if (owners(aside) !== seen) linkSync(aside, file)
  } catch {
    // another was first
  }
  rmSync(aside, { force: true })
}

/** @param {string} file */
function touch(file) {
  try {
    utimesSync(file, new Date(), new Date())
  } catch {
    // broken by another: harmless, what the lock guards is renamed into place whole
  }
}
