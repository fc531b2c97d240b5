/**
 * Unpacks members of a wheel, each checked against the hash that the wheel's own RECORD lists.
 *
 * Failures: SetupFailure when a member is missing, not listed, or not what RECORD says.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { SetupFailure } from './failure.mjs'
import { openZip } from './zip.mjs'

/**
 * @param {string} file the wheel
 * @param {ReadonlyMap<string, string>} wanted file to write, by name in the wheel
 */
export async function unpackWheel(file, wanted) {
  const zip = await openZip(file)
  const recordName = zip.names.find((name) => name.endsWith('.dist-info/RECORD'))
  const record = hashes(await text(await zip.read(recordName ?? 'RECORD')))
  for (const [name, destination] of wanted) {
    mkdirSync(path.dirname(destination), { recursive: true })
    const hash = createHash('sha256')
    await pipeline(
      await zip.read(name),
      async function* (/** @type {AsyncIterable<Buffer>} */ chunks) {
        for await (const chunk of chunks) {
          hash.update(chunk)
          yield chunk
        }
      },
      createWriteStream(destination),
    )
    if (hash.digest('base64url') !== record.get(name)) {
      throw new SetupFailure(`${name} in ${path.basename(file)} is not what the wheel's RECORD says. Run this again; if it is your HEATBATH_WHEEL, fetch it again.`)
    }
  }
}

/** @param {string} file @returns {Promise<string>} in hexadecimal */
export async function sha256(file) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

/** @param {string} record lines `name,sha256=HASH,size`; a name with a comma is quoted */
function hashes(record) {
  return new Map(record.split('\n').flatMap((line) => {
    const [, name, hash] = line.match(/^"?(.+?)"?,sha256=([\w-]+),/) ?? []
    return name !== undefined && hash !== undefined ? [/** @type {const} */ ([name, hash])] : []
  }))
}
