/**
 * Compiles tfjs-node's native addon against TensorFlow's headers, with the machine's C++ compiler
 * and without Node's headers: it uses Node-API alone, so that one build serves every Node version.
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { SetupFailure } from './failure.mjs'
import { lastWords, run } from './run.mjs'
import { together } from './together.mjs'

const COMPILERS = ['g++', 'clang++', 'c++']

/** @returns {Promise<readonly string[]>} the compiler that CXX names, else the first found */
export async function findCompiler() {
  const { CXX } = process.env
  for (const compiler of CXX ? [CXX] : COMPILERS) {
    const words = compiler.split(' ').filter((word) => word !== '') // CXX may be `ccache g++`
    if ((await run(words[0] ?? '', [...words.slice(1), '--version'])).ok) return words
  }
  throw new SetupFailure(`no C++ compiler was found${CXX ? ` (CXX is ${CXX}, which does not run)` : ''}; TensorFlow's addon for Node is compiled here, once. Install one (Debian, Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install), and run this again.`)
}

/**
 * @typedef {object} Job
 * @property {import('./recipe.mjs').Recipe} recipe
 * @property {readonly string[]} compiler
 * @property {string} scratch
 * @property {string} include TensorFlow's headers
 * @property {string} node_modules
 * @property {string} tfjsNode folder of the package that has the sources
 */

/** @param {Job} job @returns {Promise<string[]>} object files */
export function compileAddon({ recipe, compiler, scratch, include, node_modules, tfjsNode }) {
  const quiet = path.join(scratch, 'quiet.cc')
  writeFileSync(quiet, recipe.quiet)
  const sources = [...recipe.sources.map((source) => path.join(tfjsNode, source)), quiet]
  return together(sources.map(async (source) => {
    const object = path.join(scratch, `${path.basename(source)}.o`)
    await build(compiler, scratch, [
      ...recipe.compile, '-I', path.join(node_modules, 'node-api-headers/include'), '-I', include,
      '-c', source, '-o', object,
    ])
    return object
  }))
}

/**
 * @param {readonly string[]} flags
 * @param {readonly string[]} compiler
 * @param {string} scratch
 * @param {readonly string[]} inputs object files and libraries
 * @param {string} addon
 */
export function linkAddon(flags, compiler, scratch, inputs, addon) {
  return build(compiler, scratch, [...inputs, ...flags, '-o', addon])
}

/** @param {readonly string[]} compiler @param {string} scratch @param {readonly string[]} words */
async function build([program = '', ...before], scratch, words) {
  const result = await run(program, [...before, ...words], { env: { ...process.env, TMPDIR: scratch } })
  if (!result.ok) throw new SetupFailure(`TensorFlow's addon for Node did not compile with ${program}; it needs C++17 (GCC 8, Clang 7 or newer). Install a newer one or name it (CXX=/path/to/g++), and run this again. Its last words: ${lastWords(result)}`)
}
