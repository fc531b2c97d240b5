import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HeatbathError } from '../../../src/errors.ts'
import { float32 } from '../../../src/engine/index.ts'
import { decodeSafetensors, encodeSafetensors } from '../../../src/streams/models/safetensors.ts'

const TENSORS = {
  metadata: { heatbath: '{"a":1}', note: 'ü' },
  arrays: new Map([['b.w', float32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))], ['a', float32([], Float32Array.of(7))], ['none', float32([0, 4], new Float32Array(0))]]),
}
const file = (): Buffer => Buffer.concat(encodeSafetensors(TENSORS))

/** A file of a header and data. */
function made(header: unknown, data = new Uint8Array(0)): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([size, text, data])
}
const array = (begin: number, end: number, shape: unknown = [(end - begin) / 4], dtype = 'F32') => ({ dtype, shape, data_offsets: [begin, end] })
const problemOf = (bytes: Uint8Array): { place: unknown; problem: unknown } => {
  try {
    decodeSafetensors(bytes)
  } catch (error) {
    if (error instanceof HeatbathError && error.code === 'model_file_invalid') return error.details as { place: unknown; problem: unknown }
    throw error
  }
  throw new Error('it was read')
}

test('reads what was written', () => {
  expect(decodeSafetensors(file())).toEqual(TENSORS)
})

test('data begin at a multiple of 8, arrays in the order given', () => {
  const bytes = file()
  const size = Number(bytes.readBigUInt64LE())
  expect((8 + size) % 8).toBe(0)
  expect(Object.keys(JSON.parse(bytes.toString('utf8', 8, 8 + size)) as object)).toEqual(['__metadata__', 'b.w', 'a', 'none'])
  expect(bytes.readFloatLE(8 + size)).toBe(1)
})

test('reads arrays wherever the file lies in memory', () => {
  const bytes = new Uint8Array(file().length + 3)
  bytes.set(file(), 3)
  expect(decodeSafetensors(bytes.subarray(3))).toEqual(TENSORS)
})

test('cut off anywhere it is an error that names a place', () => {
  const bytes = file()
  for (let length = 0; length < bytes.length; length++) expect(problemOf(bytes.subarray(0, length)).place).toBeTypeOf('string')
})

describe('is refused', () => {
  test.each<[string, Uint8Array, string, RegExp]>([
    ['a header longer than the limit', Buffer.from('0000000001000000', 'hex'), 'the length of its header', /4294967296 bytes/],
    ['a header longer than the file', made('{}').subarray(0, 9), 'its header', /cut off: 1 of 2 bytes/],
    ['what is not JSON', made('{"a"'), 'its header', /not JSON/],
    ['what is not UTF-8', made(Buffer.from([0x22, 0xff, 0x22]).toString('latin1')), 'its header', /not an object/],
    ['a list', made([]), 'its header', /not an object/],
    ['metadata that are not texts', made({ __metadata__: { a: 1 } }), 'its metadata', /not texts/],
    ['another dtype', made({ a: array(0, 4, [2], 'F16') }, new Uint8Array(4)), 'array a', /F16/],
    ['a shape of other size', made({ a: array(0, 8, [3]) }, new Uint8Array(8)), 'array a', /8 bytes for shape \[3\]/],
    ['a negative extent', made({ a: array(0, 4, [-1]) }, new Uint8Array(4)), 'array a', /shape/],
    ['a huge extent', made({ a: array(0, 4, [2 ** 53]) }, new Uint8Array(4)), 'array a', /shape/],
    ['offsets that go back', made({ a: array(4, 0, [1]) }, new Uint8Array(4)), 'array a', /-4 bytes/],
    ['an unknown field', made({ a: { ...array(0, 4), more: 1 } }, new Uint8Array(4)), 'array a', /more/],
    ['offsets after the end', made({ a: array(0, 8) }, new Uint8Array(4)), 'array a', /byte 8 of 4/],
    ['arrays that overlap', made({ a: array(0, 8), b: array(4, 12) }, new Uint8Array(12)), 'array b', /overlaps/],
    ['a gap', made({ a: array(0, 4), b: array(8, 12) }, new Uint8Array(12)), 'array b', /bytes 4 to 8/],
    ['bytes after the last array', made({ a: array(0, 4) }, new Uint8Array(8)), 'its end', /4 bytes/],
  ])('%s', (_, bytes, place, problem) => {
    expect(problemOf(bytes)).toMatchObject({ place, problem: expect.stringMatching(problem) as unknown })
  })

  test('anything else, with that error and no other', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
      const bytes = file()
      bytes.set(noise.subarray(0, bytes.length), 0)
      try {
        decodeSafetensors(bytes)
      } catch (error) {
        expect(error).toMatchObject({ code: 'model_file_invalid' })
      }
    }))
    fc.assert(fc.property(fc.json(), (json) => {
      try {
        decodeSafetensors(made(json))
      } catch (error) {
        expect(error).toMatchObject({ code: 'model_file_invalid' })
      }
    }))
  })

  test('a name that JavaScript treats apart is a name', () => {
    expect(decodeSafetensors(made('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', new Uint8Array(4))).arrays.get('__proto__')?.shape).toEqual([1])
  })
})
