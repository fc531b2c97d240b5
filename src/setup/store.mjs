/**
 * Builds a store: a folder of the cache that holds TensorFlow for Node, whole.
 *
 *   lib/            TensorFlow's libraries and tfjs-node's addon, which finds them beside itself
 *   nvidia/         CUDA libraries, in a store for GPUs
 *   node_modules/   tfjs-node and what it requires
 *   complete.json   sizes of the files that must be there
 *
 * It is built in a private temporary folder and renamed once: whoever sees it sees all of it, also
 * after kill -9 and with several set-ups at once.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { compileAddon, findCompiler, linkAddon } from './addon.mjs'
import { openCache, sweep, temporaryFolder } from './cache.mjs'
import { freeMegabytes, say, SetupFailure } from './failure.mjs'
import { isComplete, MANIFEST } from './locate.mjs'
import { withLock } from './lock.mjs'
import { placePackages } from './packages.mjs'
import { getWheel, installCuda } from './pip.mjs'
import { storeName, TFJS_NODE } from './recipe.mjs'
import { together } from './together.mjs'
import { unpackWheel } from './wheel.mjs'

/** @typedef {import('./recipe.mjs').Recipe} Recipe */

/**
 * @param {Recipe} recipe
 * @param {string} target
 * @param {string} project
 * @returns {Promise<void>}
 */
export async function buildStore(recipe, target, project) {
  const cache = openCache()
  const store = path.join(cache, storeName(recipe, target))
  await withLock(path.join(cache, 'setup.lock'), async () => {
    if (isComplete(store)) return // another set-up did it
    sweep(cache)
    const { folder: scratch, remove } = temporaryFolder(cache)
    try {
      const built = path.join(scratch, 'store')
      mkdirSync(built)
      await fill(built, scratch, recipe, target, project)
      putInPlace(built, store, scratch)
    } finally {
      remove()
    }
  })
}

/**
 * @param {string} built
 * @param {string} scratch
 * @param {Recipe} recipe
 * @param {string} target
 * @param {string} project
 */
async function fill(built, scratch, recipe, target, project) {
  const platform = target.split('-')[0] ?? ''
  const wheel = recipe.wheels[target]
  const libraries = recipe.libraries[platform]
  const flags = recipe.link[platform]
  if (wheel === undefined || libraries === undefined || flags === undefined) throw new Error(`no recipe for ${target}`)

  const free_mb = freeMegabytes(scratch)
  if (free_mb < wheel.space_mb) throw new SetupFailure(`not enough space: TensorFlow needs ${wheel.space_mb} MB in ${path.dirname(scratch)}, which has ${free_mb} MB left. Free some, or set HEATBATH_CACHE to a folder on a larger disk, and run this again.`)
  const compiler = await findCompiler() // before anything large is fetched

  const lib = path.join(built, 'lib')
  const include = path.join(scratch, 'include')
  const node_modules = path.join(built, 'node_modules')
  const tfjsNode = path.join(node_modules, TFJS_NODE)
  await placePackages(recipe, { project, scratch, node_modules })
  const file = await getWheel(wheel, recipe.tensorflow, scratch)

  say('unpacking TensorFlow and compiling its addon')
  const member = (/** @type {string} */ name, /** @type {string} */ inside, /** @type {string} */ folder) =>
    /** @type {const} */ ([inside + name, path.join(folder, name)])
  await unpackWheel(file, new Map(recipe.headers.map((name) => member(name, 'tensorflow/include/', include))))
  const [objects] = await together([
    compileAddon({ recipe, compiler, scratch, include, node_modules, tfjsNode }),
    unpackWheel(file, new Map(libraries.map((name) => member(name, 'tensorflow/', lib)))),
  ])
  const inputs = [...objects, ...libraries.map((name) => path.join(lib, name))]
  await linkAddon(flags, compiler, scratch, inputs, path.join(lib, 'tfjs_binding.node'))

  if (target.endsWith('-gpu')) {
    rmSync(path.join(scratch, 'wheel'), { recursive: true, force: true })
    await installCuda(recipe.cuda, built, scratch)
    for (const [place, to] of Object.entries(recipe.links)) symlinkSync(to, path.join(built, place))
  }

  const files = [
    ...[...libraries, 'tfjs_binding.node'].map((name) => `lib/${name}`),
    ...Object.keys(recipe.packages).map((name) => `node_modules/${name}/package.json`),
    ...Object.keys(recipe.shims).map((name) => `node_modules/${name}/index.js`),
  ]
  const sizes = Object.fromEntries(files.map((name) => [name, statSync(path.join(built, name)).size]))
  writeFileSync(path.join(built, MANIFEST), JSON.stringify({ files: sizes }, null, 2))
}

/**
 * The store's name belongs to us as long as we hold the lock; if that was taken for abandoned,
 * another's store may be there, as good as ours.
 *
 * @param {string} built
 * @param {string} store
 * @param {string} scratch
 */
function putInPlace(built, store, scratch) {
  if (isComplete(store)) return
  if (existsSync(store)) renameSync(store, path.join(scratch, 'damaged'))
  try {
    renameSync(built, store)
  } catch (error) {
    if (!isComplete(store)) throw error
  }
}
