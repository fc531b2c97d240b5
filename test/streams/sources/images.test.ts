import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { images } from '../../../src/streams/sources/images.ts'
import { collected, valuesOf } from '../batches.ts'
import { writePicture } from './files.ts'

describe('images', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'heatbath-images-'))
    const at = (...parts: string[]): string => path.join(folder, ...parts)
    await writePicture(at('set', 'b.png'), 3, 3, [10, 20, 30])
    await writePicture(at('set', 'cats', 'one.PNG'), 3, 3, [255, 0, 0])
    await writePicture(at('set', 'cats', 'deep', 'two.png'), 3, 3, [0, 0, 0, 0], 4)
    await writePicture(at('set', 'dogs', 'three.png'), 3, 3, [100], 1)
    await writeFile(at('set', 'dogs', 'notes.txt'), 'no picture')
    await writePicture(at('wide', 'a.png'), 4, 2, [0, 0, 0, 50, 50, 50, 90, 90, 90, 255, 255, 255])
    const sideways = await sharp(Buffer.from([255, 255, 255, 0, 0, 0]), { raw: { width: 2, height: 1, channels: 3 } }).resize(16, 8, { kernel: 'nearest' }).jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer()
    await writePicture(at('turned', 'z.png'), 1, 1, [0, 0, 0])
    await writeFile(at('turned', 'a.jpeg'), sideways)
    await writePicture(at('bad', 'a.png'), 2, 2, [1, 2, 3])
    await writeFile(at('bad', 'b.png'), 'not a picture')
    await writeFile(at('wide', 'readme.md'), '')
  })
  afterAll(() => rm(folder, { recursive: true }))
  const open = (config: Parameters<typeof images>[0], limit?: number) => images(config).open({ folder, seed: 0, stream: 'pictures', ...(limit === undefined ? {} : { limit }) })
  const pixels = async (config: Parameters<typeof images>[0]): Promise<number[][]> => (valuesOf(await collected(open(config).rows$), 'x') as Iterable<number>[]).map((image) => [...image])

  it('reads pictures in order of their names, with their folder as label', async () => {
    const source = open({ path: 'set', size: 1, batch_rows: 3 })
    const batches = await collected(source.rows$)
    expect(batches.map(({ numRows }) => numRows)).toEqual([3, 1])
    expect(valuesOf(batches, 'file')).toEqual(['b.png', 'cats/deep/two.png', 'cats/one.PNG', 'dogs/three.png'])
    expect(valuesOf(batches, 'label')).toEqual([null, 'cats', 'cats', 'dogs'])
    expect((valuesOf(batches, 'x') as Iterable<number>[]).map((image) => [...image])).toEqual([[10, 20, 30], [255, 255, 255], [255, 0, 0], [100, 100, 100]])
    expect(await source.numRows?.()).toBe(4)
  })

  it('says their shape in the schema, of batches too', async () => {
    const shapeOf = async (config: Parameters<typeof images>[0]) => {
      const source = open(config)
      const [batch] = await collected(source.rows$)
      expect(batch?.schema.fields.map(String)).toEqual((await source.schema()).fields.map(String))
      return [batch?.schema.fields[0]?.metadata.get('heatbath.shape'), String(batch?.schema.fields[0]?.type)]
    }
    expect(await shapeOf({ path: 'set', size: [4, 6] })).toEqual(['[4,6,3]', 'FixedSizeList[72]<Uint8>'])
    expect(await shapeOf({ path: 'set', size: 4, color: 'grey' })).toEqual(['[4,4]', 'FixedSizeList[16]<Uint8>'])
  })

  it('gives grey values of colours as they seem', async () => {
    const [, white, red, grey] = await pixels({ path: 'set', size: 1, color: 'grey' })
    expect([white, grey]).toEqual([[255], [100]])
    expect(red?.[0]).toBeGreaterThan(40)
    expect(red?.[0]).toBeLessThan(140)
  })

  it('cuts around the middle', async () => {
    expect(await pixels({ path: 'wide', size: 2, color: 'grey' })).toEqual([[50, 90, 50, 90]])
  })

  it('turns pictures as their camera says', async () => {
    const [turned] = await pixels({ path: 'turned', size: [2, 1], color: 'grey' })
    expect(turned?.[0]).toBeGreaterThan(240)
    expect(turned?.[1]).toBeLessThan(15)
  })

  it('reads no more than the limit', async () => {
    const source = open({ path: 'set', size: 1 }, 2)
    expect([(await collected(source.rows$)).map(({ numRows }) => numRows), await source.numRows?.()]).toEqual([[2], 2])
  })

  it('names what is not there, and what is no picture', async () => {
    await expect(collected(open({ path: 'nowhere' }).rows$)).rejects.toMatchObject({ code: 'source_missing', message: expect.stringContaining('nowhere') })
    await expect(open({ path: 'set/dogs/../nothing' }).numRows?.()).rejects.toMatchObject({ code: 'source_missing' })
    await expect(collected(open({ path: 'bad', size: 1 }).rows$)).rejects.toMatchObject({ code: 'source_corrupt', message: expect.stringMatching(/b\.png cannot be read as a picture/) })
  })

  it('leaves out what cannot be read when told to', async () => {
    const left = await collected(open({ path: 'bad', size: 1, on_invalid: 'drop' }).rows$)
    expect([valuesOf(left, 'file'), (valuesOf(left, 'x') as Iterable<number>[]).map((image) => [...image])]).toEqual([['a.png'], [[1, 2, 3]]])
    const one = await collected(open({ path: 'bad', size: 1, on_invalid: 'drop', batch_rows: 1 }).rows$)
    expect(one.map(({ numRows }) => numRows)).toEqual([1])
  })
})
