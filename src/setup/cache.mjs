/**
 * The cache folder: TensorFlow's stores, and beside them what the engine keeps (compiled programs).
 *
 * HEATBATH_CACHE, else heatbath in the user's cache folder. What loads from here runs as this user,
 * so a folder that set-up makes is 0700, and one that everybody may write to is refused.
 *
 * Nothing here is ever deleted but the temporary folders of set-ups that died: stores of other
 * versions or recipes stay, since another checkout may use them; remove them by hand.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { SetupFailure } from './failure.mjs'
import { isGone, ownerOf } from './owner.mjs'

const DAY_MS = 86_400_000

/** @returns {string} the folder, which need not exist yet; throws for a user without a home */
export function cacheRoot() {
  const { HEATBATH_CACHE, XDG_CACHE_HOME } = process.env
  if (HEATBATH_CACHE) return path.resolve(HEATBATH_CACHE)
  const caches = XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : path.join(home(), '.cache')
  return path.join(caches, 'heatbath')
}

function home() {
  try {
    return os.homedir()
  } catch {
    throw new SetupFailure('this user has no home folder. Set HEATBATH_CACHE to a folder of its own, and run this again.')
  }
}

/**
 * Makes the cache folder, private to this user. One named by HEATBATH_CACHE that is already there
 * keeps its mode: it may be shared on purpose.
 *
 * @returns {string}
 */
export function openCache() {
  const folder = cacheRoot()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32') return folder
  const { mode, uid } = statSync(folder)
  if (!process.env['HEATBATH_CACHE'] && uid === process.getuid?.() && (mode & 0o077) !== 0) chmodSync(folder, 0o700)
  else if ((mode & 0o002) !== 0) {
    throw new SetupFailure(`everybody may write to ${folder}, and what lies there is run as you. Take that away (chmod o-w ${folder}), or set HEATBATH_CACHE to a folder of your own, and run this again.`)
  }
  return folder
}

/**
 * A new private folder in the cache, gone when the process ends.
 *
 * @param {string} cache
 * @returns {{ folder: string, remove: () => void }}
 */
export function temporaryFolder(cache) {
  const folder = mkdtempSync(path.join(cache, `.tmp-${ownerOf(process.pid)}-`))
  const remove = () => {
    process.off('exit', remove)
    removeTree(folder)
  }
  process.on('exit', remove)
  return { folder, remove }
}

/** Deletes the temporary folders of dead processes, and any that is a day old. @param {string} cache */
export function sweep(cache) {
  for (const name of readdirSync(cache)) {
    const owner = name.match(/^\.tmp-(\w+-\d+)-/)?.[1]
    if (owner === undefined) continue
    const folder = path.join(cache, name)
    const age_ms = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0)
    if (isGone(owner) || age_ms > DAY_MS) removeTree(folder)
  }
}

/** @param {string} folder */
function removeTree(folder) {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 2 })
  } catch {
    // another user's, or a child that outlived its set-up still writes there: for a later sweep
  }
}
