import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'
import { unpackTarball } from '../../src/setup/tarball.mjs'
import { unpackWheel } from '../../src/setup/wheel.mjs'
import { openZip } from '../../src/setup/zip.mjs'
import { tarball, wheel, zip } from './archives.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'heatbath-wheel-'))
afterAll(() => rmSync(folder, { recursive: true }))

const FILES = { 'a.txt': 'one two three '.repeat(1000), 'deep/b c.txt': 'ü', empty: '', 'with,comma': 'x' }

function file(bytes: Buffer): string {
  const name = path.join(folder, `${Math.trunc(performance.now() * 1e6)}.whl`)
  writeFileSync(name, bytes)
  return name
}

describe('openZip', () => {
  test.each([{ stored: false }, { stored: true }])('reads every member, $stored stored', async (form) => {
    const opened = await openZip(file(zip(FILES, form)))
    expect(opened.names).toEqual(Object.keys(FILES))
    for (const [name, content] of Object.entries(FILES)) expect(await text(await opened.read(name))).toBe(content)
  })

  test('a cut-off file fails, wherever it is cut', async () => {
    const whole = zip(FILES)
    for (const share of [0, 0.1, 0.5, 0.9, 0.999]) {
      await expect(openZip(file(whole.subarray(0, Math.floor(whole.length * share))))).rejects.toThrow('cut off or no zip')
    }
  })

  test('a missing member fails by name', async () => {
    const opened = await openZip(file(zip(FILES)))
    await expect(opened.read('c.txt')).rejects.toThrow('holds no c.txt')
  })
})

describe('unpackWheel', () => {
  const wanted = new Map(Object.keys(FILES).map((name) => [name, path.join(folder, 'out', name)]))

  test('writes what RECORD lists', async () => {
    await unpackWheel(file(wheel(FILES)), wanted)
    for (const [name, content] of Object.entries(FILES)) expect(readFileSync(path.join(folder, 'out', name), 'utf8')).toBe(content)
  })

  test('a member that RECORD lists with another hash, or not at all, fails', async () => {
    await expect(unpackWheel(file(wheel(FILES, { ...FILES, empty: 'full' })), wanted)).rejects.toThrow('empty in')
    const { empty: _, ...others } = FILES
    await expect(unpackWheel(file(wheel(FILES, others)), wanted)).rejects.toThrow('not what the wheel\'s RECORD says')
  })

  test('a wheel without RECORD fails', async () => {
    await expect(unpackWheel(file(zip(FILES)), wanted)).rejects.toThrow('holds no RECORD')
  })
})

describe('unpackTarball', () => {
  test('drops the first folder', () => {
    unpackTarball(tarball({ 'package.json': '{}', 'lib/x.js': 'x'.repeat(513), empty: '' }), path.join(folder, 'tar'))
    expect(readFileSync(path.join(folder, 'tar/lib/x.js'), 'utf8')).toHaveLength(513)
    expect(readFileSync(path.join(folder, 'tar/empty'), 'utf8')).toBe('')
  })

  test('a name that leads out fails', () => {
    expect(() => unpackTarball(tarball({ '../../../x': '' }), path.join(folder, 'tar'))).toThrow('leads out')
  })
})
