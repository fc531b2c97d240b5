import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fashionMnist } from '../../../src/streams/sources/fashion-mnist.ts'
import { collected, valuesOf } from '../batches.ts'
import { writeIdx } from './files.ts'

const DEBIAN = '/usr/share/datasets/fashion-mnist'

describe('fashion_mnist', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'heatbath-fashion-'))
    await writeIdx(path.join(folder, 'clothes'), 't10k', { shape: [1, 2], images: Uint8Array.of(1, 2, 3, 4), labels: Uint8Array.of(9, 0) })
  })
  afterAll(() => rm(folder, { recursive: true }))
  const open = (config: Parameters<typeof fashionMnist>[0]) => fashionMnist(config).open({ folder, seed: 0, stream: 'training' })

  it('reads the files of a folder', async () => {
    const batches = await collected(open({ path: 'clothes', split: 'test' }).rows$)
    expect(valuesOf(batches, 'label')).toEqual([9, 0])
    expect((valuesOf(batches, 'x') as Iterable<number>[]).map((image) => [...image])).toEqual([[1, 2], [3, 4]])
  })

  it('says where the files come from when they are not there', async () => {
    await expect(open({ path: 'nowhere' }).schema()).rejects.toMatchObject({ code: 'source_missing', message: expect.stringContaining('nowhere'), hint: expect.stringMatching(/apt-get install dataset-fashion-mnist.*path/) })
  })

  it('looks where Debian has them', async () => {
    const rows = open({}).numRows?.()
    if (existsSync(DEBIAN)) expect(await rows).toBe(60_000)
    else await expect(rows).rejects.toMatchObject({ code: 'source_missing', message: expect.stringContaining(DEBIAN) })
  })
})
