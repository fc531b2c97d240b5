/**
 * Reads members of a zip file: stored or deflated, below 4 GB (no zip64, no encryption), which is
 * what wheels are.
 *
 * Failures: SetupFailure when the file is no such zip, or a member is not in it.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createInflateRaw } from 'node:zlib'
import { SetupFailure } from './failure.mjs'

const CHUNK_BYTES = 1 << 20
const END_BYTES = 22
const LONGEST_COMMENT = 0xffff
const ENTRY_BYTES = 46
const LOCAL_BYTES = 30
const STORED = 0
const DEFLATED = 8

/** @typedef {{ method: number, compressed: number, offset: number }} Member */
/**
 * @typedef {object} Zip
 * @property {readonly string[]} names
 * @property {(name: string) => Promise<import('node:stream').Readable>} read
 */

/** @param {string} file @returns {Promise<Zip>} */
export async function openZip(file) {
  const members = await index(file)
  return {
    names: [...members.keys()],
    async read(name) {
      const member = members.get(name)
      if (member === undefined) throw new SetupFailure(`${file} holds no ${name}: it is not the wheel that heatbath needs. Run this again without HEATBATH_WHEEL; if it was not set, please report it.`)
      const local = await bytes(file, member.offset, LOCAL_BYTES)
      if (local.readUInt32LE(0) !== 0x04034b50 || (member.method !== STORED && member.method !== DEFLATED)) throw damaged(file)
      const start = member.offset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28)
      if (member.compressed === 0) return Readable.from([])
      const raw = createReadStream(file, { start, end: start + member.compressed - 1, highWaterMark: CHUNK_BYTES })
      return member.method === STORED ? raw : pipeline(raw, createInflateRaw({ chunkSize: CHUNK_BYTES }), () => {})
    },
  }
}

/** @param {string} file @returns {Promise<Map<string, Member>>} */
async function index(file) {
  const handle = await open(file)
  const { size } = await handle.stat()
  await handle.close()
  const tailBytes = Math.min(size, END_BYTES + LONGEST_COMMENT)
  const tail = await bytes(file, size - tailBytes, tailBytes)
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end < 0 || end + END_BYTES > tail.length) throw damaged(file)
  const length = tail.readUInt32LE(end + 12)
  const start = tail.readUInt32LE(end + 16)
  if (start + length > size) throw damaged(file)
  const directory = await bytes(file, start, length)

  /** @type {Map<string, Member>} */
  const members = new Map()
  for (let at = 0; at < length; ) {
    if (at + ENTRY_BYTES > length || directory.readUInt32LE(at) !== 0x02014b50) throw damaged(file)
    const nameBytes = directory.readUInt16LE(at + 28)
    members.set(directory.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes), {
      method: directory.readUInt16LE(at + 10),
      compressed: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    })
    at += ENTRY_BYTES + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return members
}

/** @param {string} file @param {number} position @param {number} length */
async function bytes(file, position, length) {
  const handle = await open(file)
  try {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await handle.read(buffer, 0, length, position)
    if (bytesRead !== length) throw damaged(file)
    return buffer
  } finally {
    await handle.close()
  }
}

/** @param {string} file */
const damaged = (file) => new SetupFailure(`${file} is cut off or no zip file. Run this again; if it is your HEATBATH_WHEEL, fetch it again.`)
