/**
 * Unpacks an npm package's tarball, whose hash the caller has checked.
 *
 * Reads plain ustar, which is what the pinned tarballs of recipe.mjs are. The first folder of every
 * name is dropped, as npm does.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'

const BLOCK_BYTES = 512

/** @param {Buffer} tarball @param {string} folder */
export function unpackTarball(tarball, folder) {
  const tar = gunzipSync(tarball)
  let at = 0
  while (at + BLOCK_BYTES <= tar.length) {
    const header = tar.subarray(at, at + BLOCK_BYTES)
    const name = field(header, 0, 100)
    if (name === '') return // the blocks of zeros at the end
    const size = parseInt(field(header, 124, 12), 8)
    const type = field(header, 156, 1)
    const content = tar.subarray(at + BLOCK_BYTES, at + BLOCK_BYTES + size)
    if (type === '0') {
      const inside = path.posix.join(field(header, 345, 155), name).split('/').slice(1)
      const file = path.join(folder, ...inside)
      if (!file.startsWith(folder + path.sep)) throw new Error(`${name} leads out of its package`)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, content)
    } else if (type !== '5') throw new Error(`${name} has tar type ${type}`)
    at += BLOCK_BYTES * (1 + Math.ceil(size / BLOCK_BYTES))
  }
}

/** A text field, which ends at its first zero byte. @param {Buffer} header @param {number} start @param {number} length */
const field = (header, start, length) => header.toString('utf8', start, start + length).replace(/\0.*$/s, '')
