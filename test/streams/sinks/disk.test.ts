import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { PartFile, prepareFile } from '../../../src/streams/sinks/disk.ts'
import { targetOf } from '../../../src/streams/sinks/paths.ts'
import { parquet } from '../../../src/streams/sinks/parquet.ts'
import { particles, PARTICLES } from './rows.ts'
import { runFolder, writeAll } from './world.ts'

const run = runFolder()
const text = (value: string): Uint8Array[] => [Buffer.from(value)]

test('killed at any moment, no sink leaves anything under its final name; the next run takes its place', async () => {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'child.mjs'), run.folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(readdirSync(run.folder).sort()).toEqual(['images-frames.part', 'many.part', 'one.parquet.part', 'samples.arrows.part'])
  await writeAll(parquet({ path: 'many' }), PARTICLES, particles(1, 10), run.context)
  await writeAll(parquet({ path: 'one.parquet' }), PARTICLES, particles(1, 10), run.context)
  expect(run.files().filter((file) => file.startsWith('many') || file.startsWith('one'))).toEqual(['many/part-00000.parquet', 'one.parquet'])
})

test('a file that is replaced is there until the other is whole', async () => {
  const target = targetOf('a.txt', run.context)
  writeFileSync(target.full, 'before')
  await prepareFile(target, true)
  const file = await PartFile.create(target)
  await file.write(text('after'))
  expect(readFileSync(target.full, 'utf8')).toBe('before')
  await file.commit()
  expect(readFileSync(target.full, 'utf8')).toBe('after')
  expect(run.files()).toEqual(['a.txt'])
})

test('a folder is not replaced by a file', async () => {
  mkdirSync(path.join(run.folder, 'a'))
  await expect(prepareFile(targetOf('a', run.context), true)).rejects.toMatchObject({ code: 'sink_unwritable', details: { reason: 'it is a folder' } })
})

test('folders above the file are made', async () => {
  const target = targetOf('b/c/a.txt', run.context)
  await prepareFile(target, false)
  const file = await PartFile.create(target)
  await file.write(text('x'))
  await file.commit()
  expect(run.files()).toEqual(['b/c/a.txt'])
})

test('the sum is of all bytes, whatever pieces they came in', async () => {
  const sums: string[] = []
  for (const pieces of [[100_000, 3, 70_000], [170_003]]) {
    const file = await PartFile.create(targetOf('a', run.context))
    const bytes = new Uint8Array(170_003).map((_, i) => i)
    let at = 0
    await file.write(pieces.map((size) => bytes.subarray(at, (at += size))))
    sums.push(file.sha256)
    expect(file.bytes).toBe(170_003)
    await file.abort()
  }
  expect(sums[0]).toBe(sums[1])
  expect(existsSync(path.join(run.folder, 'a.part'))).toBe(false)
})
