import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { Field, FixedSizeList, makeData, Schema, Uint64, Uint8, type RecordBatch } from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import { readSamples } from '../../../bench/quality/samples.ts'
import { listColumn, listType, recordBatch, uint64Column } from '../../../src/streams/arrow/columns.ts'
import { arrowFile } from '../../../src/streams/sinks/arrow-file.ts'
import { parquet } from '../../../src/streams/sinks/parquet.ts'
import { floats } from '../../streams/batches.ts'
import { runFolder, writeAll } from '../../streams/sinks/world.ts'

const SCHEMA = new Schema([new Field('step', new Uint64(), false), new Field('x', listType(3), false)])
const run = runFolder()
const place = (name: string): string => path.join(run.folder, name)

/** Two images of three pixels each step. */
const step = (number: number, values: readonly number[]): RecordBatch =>
  recordBatch(SCHEMA, 2, [uint64Column(BigUint64Array.of(BigInt(number), BigInt(number))), listColumn(Float32Array.from(values), 3)])

const steps = [step(9, [0, 0, 0, 0, 0, 0]), step(10, [0.25, 0.5, 1, -0.5, 1.5, 0])]

describe.each([['samples.parquet', parquet], ['samples.arrows', arrowFile]] as const)('%s', (name, sink) => {
  test('gives the last step, brought to 0 to 1', async () => {
    await writeAll(sink({ path: name }), SCHEMA, steps, run.context)
    const { values, dim, file } = await readSamples(place(name), 'x', 3)
    expect([[...values], dim, file]).toEqual([[0.25, 0.5, 1, 0, 1, 0], 3, place(name)])
  })

  test('of bytes counts to 255, and needs no steps', async () => {
    const type = new FixedSizeList(3, new Field('item', new Uint8(), false))
    const child = makeData({ type: new Uint8(), length: 6, nullCount: 0, data: Uint8Array.of(0, 51, 255, 1, 0, 102) })
    const batch = recordBatch(new Schema([new Field('x', type, false)]), 2, [makeData({ type, length: 2, nullCount: 0, child })])
    await writeAll(sink({ path: name }), batch.schema, [batch], run.context)
    const { values } = await readSamples(place(name), 'x', 3)
    expect([...values]).toEqual([0, 51 / 255, 1, 1 / 255, 0, 102 / 255].map(Math.fround))
  })

  test('is refused without the column, with another size, or with numbers that are none', async () => {
    await writeAll(sink({ path: name }), SCHEMA, [step(1, [0, 1, 0, 0, NaN, 0])], run.context)
    await expect(readSamples(place(name), 'image', 3)).rejects.toThrow(`${name} has no column image; it has step, x`)
    await expect(readSamples(place(name), 'x', 3)).rejects.toThrow('column x is NaN in row 1 of the last step')
    await expect(readSamples(place(name), 'x', 4)).rejects.toThrow(/4/)
  })

  test('of a run is its output that has the column', async () => {
    const training = floats({ loss: [1, 2] })
    await writeAll(sink({ path: `training${path.extname(name)}` }), training.schema, [training], run.context)
    await writeAll(sink({ path: name }), SCHEMA, steps, run.context)
    const outputs = [`training${path.extname(name)}`, name].map((file) => ({ sink: sink.name, path: file }))
    writeFileSync(place('manifest.json'), JSON.stringify({ outputs: [{ sink: 'console', path: '' }, ...outputs] }))
    expect((await readSamples(run.folder, 'x', 3)).file).toBe(place(name))
    await expect(readSamples(run.folder, 'y', 3)).rejects.toThrow(/has no Parquet or Arrow output with a column y; it has .*training/)
  })
})
