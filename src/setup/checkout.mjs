/**
 * The npm packages of a checkout: exactly those of package-lock.json, installed when node_modules
 * is not that.
 *
 * What npm leaves out on this platform is not missed. Should anything still differ after an
 * installation, that is written down, so that the next set-up does not install again because of it.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SetupFailure, say } from './failure.mjs'
import { withLock } from './lock.mjs'
import { npm } from './npm.mjs'
import { lastWords } from './run.mjs'

/**
 * @typedef {object} Locked
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/** A published package never contains its lock file. @param {string} root */
export function isCheckout(root) {
  return existsSync(path.join(root, 'package-lock.json'))
}

/** @param {string} root */
export async function installPackages(root) {
  if (isFresh(root)) return
  await withLock(path.join(root, '.heatbath-setup.lock'), async (alsoFor) => {
    if (isFresh(root)) return // another set-up did it
    say('installing npm packages (npm ci --ignore-scripts)')
    const result = await npm(['ci', '--include=dev', '--include=optional'], { cwd: root, started: alsoFor })
    if (!result.found) throw new SetupFailure('npm was not found. It comes with Node; where a distribution splits them, install it as well (Debian, Ubuntu: apt-get install npm), and run this again.')
    if (!result.ok) {
      throw new SetupFailure(`npm ci failed in ${root}. If the network or the registry is at fault, mend that (npm ping tells) and run this again; if package.json and package-lock.json disagree, npm install mends it. npm's last words: ${lastWords(result)}`)
    }
    const left = differences(root)
    if (left.length > 0) writeFileSync(excuse(root), signature(root, left))
  })
}

/** @param {string} root */
function isFresh(root) {
  const found = differences(root)
  return found.length === 0 || (existsSync(excuse(root)) && readFileSync(excuse(root), 'utf8') === signature(root, found))
}

/** @param {string} root @returns {string[]} what node_modules holds otherwise than package-lock.json */
function differences(root) {
  const want = packagesIn(path.join(root, 'package-lock.json'))
  const have = packagesIn(path.join(root, 'node_modules/.package-lock.json'))
  return Object.keys(want).filter((place) => {
    const wanted = /** @type {Locked} */ (want[place])
    const found = have[place]
    if (place === '' || wanted.link || !isFor(wanted.os, process.platform) || !isFor(wanted.cpu, process.arch)) return false
    if (found === undefined) return !wanted.optional || isBinary(wanted)
    return found.version !== wanted.version || found.integrity !== wanted.integrity || !existsSync(path.join(root, place, 'package.json'))
  })
}

/** @param {string} file @returns {Record<string, Locked>} */
function packagesIn(file) {
  if (!existsSync(file)) return {}
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
  } catch {
    return {} // cut off by a kill, or in conflict: npm ci says what is wrong with it
  }
}

/**
 * Of what is optional, only a binary certainly belongs here: other packages may be the dependencies
 * of one that npm left out.
 *
 * @param {Locked} wanted
 */
const isBinary = ({ os, cpu, libc }) => (os !== undefined || cpu !== undefined) && libc === undefined

/** @param {string[] | undefined} list as in package.json: names, or names to leave out @param {string} name */
function isFor(list, name) {
  if (list === undefined || list.includes(name)) return true
  return list.every((item) => item.startsWith('!')) && !list.includes(`!${name}`)
}

/** @param {string} root */
const excuse = (root) => path.join(root, 'node_modules/.heatbath-setup')

/** @param {string} root @param {string[]} found */
function signature(root, found) {
  return createHash('sha256').update(readFileSync(path.join(root, 'package-lock.json'))).update(found.join('\n')).digest('hex')
}
