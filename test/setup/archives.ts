/**
 * Writes what set-up reads: a zip (deflated, or stored), a wheel with its RECORD, an npm tarball.
 */
import { createHash } from 'node:crypto'
import { crc32, deflateRawSync, gzipSync } from 'node:zlib'

export type Files = Readonly<Record<string, string | Buffer>>

export function zip(files: Files, { stored = false } = {}): Buffer {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const raw = Buffer.from(content)
    const data = stored ? raw : deflateRawSync(raw)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(stored ? 0 : 8, 4)
    common.writeUInt32LE(crc32(raw), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(raw.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const extra = Buffer.from('fe ca 02 00 01 02'.replaceAll(' ', ''), 'hex') // in local headers only
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), extra, data])
    local.writeUInt16LE(extra.length, 28)
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(offset, 10)
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, rest, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

export function wheel(files: Files, record: Files = files): Buffer {
  const lines = Object.entries(record).map(([name, content]) =>
    `${name.includes(',') ? `"${name}"` : name},sha256=${createHash('sha256').update(content).digest('base64url')},${Buffer.byteLength(content)}`)
  return zip({ ...files, 'made-1.dist-info/RECORD': [...lines, 'made-1.dist-info/RECORD,,', ''].join('\n') })
}

export function tarball(files: Files): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512)
    header.write(`package/${name}`)
    header.write(Buffer.byteLength(content).toString(8).padStart(11, '0'), 124)
    header.write('0', 156)
    header.write('ustar\x0000', 257, 'latin1')
    const body = Buffer.alloc(512 * Math.ceil(Buffer.byteLength(content) / 512))
    Buffer.from(content).copy(body)
    return [header, body]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

export const integrity = (bytes: Buffer): string => `sha512-${createHash('sha512').update(bytes).digest('base64')}`
export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
