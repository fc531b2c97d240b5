/**
 * Where TensorFlow is, for whoever loads it. Cheap: starts no process, writes nothing.
 */
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { cacheRoot } from './cache.mjs'
import { chooseTarget, THIS_MACHINE } from './machine.mjs'
import { RECIPE, storeName, TFJS_NODE } from './recipe.mjs'

/** Written last into a store. */
export const MANIFEST = 'complete.json'

/**
 * The folder of tfjs-node, to be given to `load`; null when set-up has not made it (or could not).
 *
 * With HEATBATH_GPU unset, a store for GPUs is taken when there is one: set-up makes it only where
 * there is a GPU.
 *
 * @param {{ machine?: import('./machine.mjs').Machine, recipe?: import('./recipe.mjs').Recipe }} [world] for tests
 * @returns {string | null}
 */
export function locate({ machine = THIS_MACHINE, recipe = RECIPE } = {}) {
  try {
    const cache = cacheRoot()
    const store = (/** @type {string} */ target) => path.join(cache, storeName(recipe, target))
    const target = chooseTarget(machine, recipe, (gpu) => isComplete(store(gpu)))
    return target !== undefined && isComplete(store(target)) ? tfjsNodeIn(store(target)) : null
  } catch {
    return null // no home folder
  }
}

/** @param {string} store */
export function tfjsNodeIn(store) {
  return path.join(store, 'node_modules', TFJS_NODE)
}

/** @param {string | null} folder as `locate` returns it @returns {boolean} whether TensorFlow there is built for GPUs */
export function isForGpu(folder) {
  return folder !== null && path.basename(path.resolve(folder, '../../..')).includes('-gpu-')
}

/** @param {string} store @returns {boolean} whether every file that counts is there, in full */
export function isComplete(store) {
  try {
    const { files } = JSON.parse(readFileSync(path.join(store, MANIFEST), 'utf8'))
    return Object.entries(files).every(([name, size]) => statSync(path.join(store, name)).size === size)
  } catch {
    return false
  }
}
