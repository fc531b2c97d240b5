#!/usr/bin/env node
/**
 * Makes this copy of heatbath runnable: `npm run setup` in a checkout, `npx heatbath setup` where it
 * is installed as a library.
 *
 * A checkout gets its npm packages; both get TensorFlow, once per user, in the cache folder. Where
 * there is no TensorFlow to be had, that is said and is no failure: tfjs's CPU backend serves.
 * Uses Node's built-ins alone, runs before anything is installed or built, and does nothing when
 * there is nothing to do.
 *
 * Environment: HEATBATH_CACHE, HEATBATH_GPU, HEATBATH_PYTHON, HEATBATH_WHEEL, CXX.
 */
import { existsSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheRoot } from './cache.mjs'
import { checkOnce } from './check.mjs'
import { installPackages, isCheckout } from './checkout.mjs'
import { explain, say } from './failure.mjs'
import { isComplete } from './locate.mjs'
import { chooseTarget, refusal, THIS_MACHINE } from './machine.mjs'
import { RECIPE, storeName } from './recipe.mjs'
import { stopChildren } from './run.mjs'
import { buildStore } from './store.mjs'

const SIGNALS = /** @type {const} */ ({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })

/**
 * @param {{ root?: string, machine?: import('./machine.mjs').Machine, recipe?: import('./recipe.mjs').Recipe }} [world]
 *   what set-up works on; tests bring their own
 * @returns {Promise<number>} the exit code: 0, or 1 when the reason was written to stderr
 */
export async function setup({ root = packageRoot(), machine = THIS_MACHINE, recipe = RECIPE } = {}) {
  const stop = (/** @type {keyof typeof SIGNALS} */ signal) => {
    stopChildren()
    process.exit(SIGNALS[signal])
  }
  for (const signal of Object.keys(SIGNALS)) process.on(signal, stop)
  try {
    if (isCheckout(root)) await installPackages(root)
    await provideTensorFlow(root, machine, recipe)
    return 0
  } catch (error) {
    say(explain(error))
    return 1
  } finally {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, stop)
  }
}

/**
 * @param {string} root
 * @param {import('./machine.mjs').Machine} machine
 * @param {import('./recipe.mjs').Recipe} recipe
 */
async function provideTensorFlow(root, machine, recipe) {
  const started_ms = performance.now()
  const store = (/** @type {string} */ name) => path.join(cacheRoot(), storeName(recipe, name))
  const target = chooseTarget(machine, recipe, (gpu) => isComplete(store(gpu)) || machine.hasGpu())
  if (target === undefined) return eager(`there is none for ${machine.platform} ${machine.arch}`)
  if (process.env.HEATBATH_GPU === '1' && !target.endsWith('-gpu')) say(`TensorFlow has no GPU build for ${machine.platform} ${machine.arch}; taking the one for the CPU`)

  if (!isComplete(store(target))) {
    const reason = refusal(machine, recipe.glibc)
    if (reason !== undefined) return eager(reason)
    await buildStore(recipe, target, projectOf(root))
  }
  if (await checkOnce(store(target))) say(`TensorFlow ${recipe.tensorflow} is ready (${target}, ${((performance.now() - started_ms) / 1000).toFixed(1)} s)`)
}

/** @param {string} reason */
function eager(reason) {
  say(`going on without TensorFlow: ${reason}. heatbath will use tfjs's eager CPU backend, which computes the same, slowly.`)
}

/** The nearest folder upward with a package.json: src/setup and dist/setup belong to the same. */
function packageRoot() {
  const here = path.dirname(fileURLToPath(import.meta.url))
  let folder = here
  while (!existsSync(path.join(folder, 'package.json'))) {
    if (folder === path.dirname(folder)) return here // bundled into another program
    folder = path.dirname(folder)
  }
  return folder
}

/** The folder whose npm settings hold: that which heatbath is installed into. @param {string} root */
function projectOf(root) {
  return root.split(`${path.sep}node_modules${path.sep}`)[0] ?? root
}

function isProgram() {
  const [, script] = process.argv
  return script !== undefined && existsSync(script) && realpathSync(script) === fileURLToPath(import.meta.url)
}

if (isProgram()) process.exitCode = await setup()
