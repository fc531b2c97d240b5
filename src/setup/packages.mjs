/**
 * Puts the recipe's npm packages, and our shims beside them, into a node_modules folder.
 *
 * npm only fetches them, with whatever registry, proxy and cache it is configured for; it installs
 * nothing, so that no install script runs and no other package comes along. They lie outside the
 * user's node_modules: whatever npm later does there cannot take TensorFlow away.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SetupFailure } from './failure.mjs'
import { npm } from './npm.mjs'
import { lastWords } from './run.mjs'
import { unpackTarball } from './tarball.mjs'

/**
 * @param {import('./recipe.mjs').Recipe} recipe
 * @param {{ project: string, scratch: string, node_modules: string }} folders `project`: whose npm settings hold
 */
export async function placePackages({ packages, shims }, { project, scratch, node_modules }) {
  const tarballs = path.join(scratch, 'npm')
  mkdirSync(tarballs)
  const specs = Object.entries(packages).map(([name, { version }]) => `${name}@${version}`)
  const result = await npm(['pack', '--prefer-offline', '--pack-destination', tarballs, ...specs], { cwd: project })
  if (!result.found) throw new SetupFailure('npm was not found. It comes with Node; where a distribution splits them, install it as well (Debian, Ubuntu: apt-get install npm), and run this again.')
  const fetched = byIntegrity(tarballs)
  for (const [name, { version, integrity }] of Object.entries(packages)) {
    const tarball = fetched.get(integrity)
    if (tarball === undefined) {
      throw new SetupFailure(`npm could not fetch ${name} ${version}, or what it fetched has another hash than the published package. Check the network and npm's registry (npm ping), and run this again. npm's last words: ${lastWords(result)}`)
    }
    unpackTarball(tarball, path.join(node_modules, name))
  }
  for (const [name, code] of Object.entries(shims)) {
    const folder = path.join(node_modules, name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'index.js'), code)
  }
}

/** @param {string} folder @returns {Map<string, Buffer>} the files in it, by hash */
function byIntegrity(folder) {
  return new Map(readdirSync(folder).map((name) => {
    const bytes = readFileSync(path.join(folder, name))
    return [`sha512-${createHash('sha512').update(bytes).digest('base64')}`, bytes]
  }))
}
