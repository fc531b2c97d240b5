/** Event files, read by protobufjs and the checksums of RFC 3720. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Field, Float32, Float64, Schema, Uint64, Utf8, type RecordBatch } from 'apache-arrow'
import protobuf from 'protobufjs'
import { expect, test } from 'vitest'
import { float32Column, listColumn, listType, measuredColumn, recordBatch, uint64Column, utf8Column } from '../../../src/streams/arrow/columns.ts'
import { tensorboard } from '../../../src/streams/sinks/tensorboard.ts'
import { crc32c, maskedCrc32c } from '../../../src/streams/sinks/tensorboard/crc32c.ts'
import { runFolder, writeAll } from './world.ts'

const run = runFolder()

const { root } = protobuf.parse(`syntax = "proto3";
  message Event { double wall_time = 1; int64 step = 2; oneof what { string file_version = 3; Summary summary = 5; } }
  message Summary { message Value { string tag = 1; float simple_value = 2; } repeated Value value = 1; }`, { keepCase: true })
const Event = root.lookupType('Event')

interface Read {
  readonly step: string
  readonly wall_time: number
  readonly file_version?: string
  readonly summary?: { readonly value: { readonly tag: string; readonly simple_value: number }[] }
}

function eventsIn(folder: string): Read[] {
  const bytes = readFileSync(path.join(run.folder, folder, 'events.out.tfevents.0.heatbath'))
  const events: Read[] = []
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at))
    const event = bytes.subarray(at + 12, at + 12 + length)
    expect([bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12 + length)]).toEqual([maskedCrc32c(bytes.subarray(at, at + 8)), maskedCrc32c(event)])
    events.push(Event.toObject(Event.decode(event), { longs: String, defaults: true, oneofs: false }) as Read)
    at += 16 + length
  }
  return events
}

const curves = (folder: string): (string | number)[][] => eventsIn(folder).slice(1).flatMap(({ step, summary }) => (summary?.value ?? []).map(({ tag, simple_value }) => [step, tag, simple_value]))

const step = new Field('step', new Uint64(), false)
const steps = (...values: number[]) => uint64Column(BigUint64Array.from(values, BigInt))

test('checksums are those of RFC 3720', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
})

test('numbers become curves by name and column, over the step; nulls and lists do not', async () => {
  const schema = new Schema([step, new Field('loss', new Float32(), false), new Field('rate', new Float64(), true), new Field('x', listType(2), false)])
  const batch = (at: number[], loss: number[], rate: number[]): RecordBatch =>
    recordBatch(schema, at.length, [steps(...at), float32Column(Float32Array.from(loss)), measuredColumn(Float64Array.from(rate)), listColumn(new Float32Array(2 * at.length), 2)])
  const written = await writeAll(tensorboard({ path: 'curves' }), schema, [batch([1, 300], [0.5, 0.25], [NaN, 2]), batch([2 ** 40], [-1], [NaN])], run.context)
  expect(written).toMatchObject({ path: 'curves', num_rows: 3 })
  expect(eventsIn('curves')[0]).toMatchObject({ file_version: 'brain.Event:2', wall_time: 0 })
  const { name } = run.context
  expect(curves('curves')).toEqual([['1', `${name}/loss`, 0.5], ['300', `${name}/loss`, 0.25], ['300', `${name}/rate`, 2], [String(2 ** 40), `${name}/loss`, -1]])
})

test('the variable of a row stands in the name; without a step rows are counted', async () => {
  const schema = new Schema([new Field('variable', new Utf8(), false), new Field('mean', new Float32(), false)])
  const batch = recordBatch(schema, 2, [utf8Column(['x0', 'x1']), float32Column(Float32Array.of(1, 2))])
  await writeAll(tensorboard({ path: 'curves' }), schema, [batch, batch], run.context)
  const { name } = run.context
  expect(curves('curves')).toEqual([['1', `${name}/x0/mean`, 1], ['2', `${name}/x1/mean`, 2], ['3', `${name}/x0/mean`, 1], ['4', `${name}/x1/mean`, 2]])
})

test('a stream without numbers is refused', async () => {
  const schema = new Schema([step, new Field('x', listType(2), false)])
  await expect(writeAll(tensorboard({ path: 'curves' }), schema, [], run.context)).rejects.toMatchObject({ code: 'sink_column' })
})
