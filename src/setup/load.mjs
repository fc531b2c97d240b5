/**
 * Loads tfjs-node, on a tfjs that is already loaded.
 *
 * tfjs-node lies in the cache, with no tfjs of its own: it gets the caller's, so that there is one
 * tfjs in the process, and tensors made through either are the same. The store's shim for
 * `@tensorflow/tfjs` reads it from the global symbol.
 *
 * Holds on Node >= 22, too, which warns of two functions of node:util that tfjs-node 4.22 calls, or has them no more.
 * Throws what the dynamic linker says when TensorFlow's library cannot be loaded.
 */
import { createRequire } from 'node:module'
import path from 'node:path'
import util from 'node:util'

/**
 * @template {object} Tfjs
 * @param {string} folder as `locate` returns it
 * @param {Tfjs} tfjs
 * @returns {Tfjs} tfjs with the functions that tfjs-node adds, and its backend active
 */
export function load(folder, tfjs) {
  const old = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (util))
  old['isNullOrUndefined'] = (/** @type {unknown} */ value) => value === null || value === undefined
  old['isArray'] = Array.isArray
  Object.assign(globalThis, { [Symbol.for('heatbath.tfjs')]: tfjs })
  return createRequire(import.meta.url)(folder)
}

/**
 * Loads the addon alone: TensorFlow without tfjs. The same object that tfjs-node has, where both are loaded.
 *
 * @param {string} folder as `locate` returns it
 * @returns {unknown}
 */
export function loadAddon(folder) {
  const require = createRequire(path.join(folder, 'package.json'))
  return require(require('@mapbox/node-pre-gyp').find())
}
