import { Field, Float32 } from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { float32, leaves, mapTree, paths, type HostArray } from '../../../src/engine/index.ts'
import { mlp } from '../../../src/models/nets/mlp.ts'
import { residualMlp } from '../../../src/models/nets/residual-mlp.ts'
import { geometric } from '../../../src/models/noise/geometric.ts'
import { packArrays, unpackArrays, type Packed } from '../../../src/models/packing.ts'
import { edm } from '../../../src/models/preconditioning/edm.ts'
import type { FittedEncoding } from '../../../src/streams/encodings/contract.ts'
import { Model, usedParameters } from '../../../src/streams/model.ts'
import { readModel, writeModel, type Make } from '../../../src/streams/models/model-file.ts'
import { decodeSafetensors, encodeSafetensors } from '../../../src/streams/models/safetensors.ts'
import type { Declared } from '../../../src/unit.ts'
import { needs } from '../../needs.ts'
import { python, runFolder } from '../sinks/world.ts'

const run = runFolder()

const fitted: FittedEncoding = {
  parameters: { means: [1, 2] },
  variables: [{ name: 'x0' }, { name: 'image', shape: [1, 2] }],
  encode: () => new Float32Array(0),
  fields: [new Field('a', new Float32())],
  decode: () => [], logSlope: () => new Float64Array(0),
}
const encoding: Declared<FittedEncoding> = { ...fitted, is: { kind: 'encoding', name: 'standard', config: { clip: 3 } } }
const data = { dim: 3, mean: 0.5, sd: 2, largest_distance: 9 }
const spec = {
  dim: 3, variables: fitted.variables, net: residualMlp({ width: 8, blocks: 2, embedding: 4 }), noise: geometric({ largest: 8, smallest: 0.02, levels: 5 }), preconditioning: edm({ sd: 1, mean: 0 }),
}
const model = Model.create('flights', spec, 3, { version: 12, encoding, data })
const units = { net: { mlp, residual_mlp: residualMlp }, noise: { geometric }, preconditioning: { edm } } as Record<string, Record<string, (config: never) => unknown>>
const make: Make = (kind, name, config) => {
  if (kind !== 'encoding') return units[kind]?.[name]?.(config as never)
  return { restore: (parameters: unknown) => ({ ...fitted, parameters, is: { kind, name, config } }) }
}
const written = async (of = model): Promise<Buffer> => Buffer.concat(await writeModel(of, { pipeline: 'nightly', seed: '3' }))
const parametersOf = async (of: Model): Promise<HostArray[]> => leaves<HostArray>(unpackArrays(of.shapes, usedParameters(await of.read()) as Packed<HostArray>))

describe('a model', () => {
  test('comes back as it was', async () => {
    const again = readModel(await written(), make)
    expect([again.name, again.version, again.data]).toEqual(['flights', 12, data])
    expect([again.spec.dim, again.spec.variables, again.spec.precision]).toEqual([3, spec.variables, 'float32'])
    for (const part of ['net', 'noise', 'preconditioning'] as const) expect(again.spec[part]?.is).toEqual(spec[part].is)
    expect([again.encoding?.is, again.encoding?.parameters]).toEqual([encoding.is, encoding.parameters])
    expect(await parametersOf(again)).toEqual(await parametersOf(model))
  })

  test('in bfloat16 comes back in it', async () => {
    const again = readModel(await written(Model.create('a', { ...spec, precision: 'bfloat16' })), make)
    expect([again.spec.precision, await parametersOf(again)]).toEqual(['bfloat16', await parametersOf(Model.create('a', spec))])
  })

  test('may be given another name', async () => {
    expect(readModel(await written(), make, 'other').name).toBe('other')
  })

  test('without an encoding and a summary has none', async () => {
    const again = readModel(await written(Model.create('a', spec)), make)
    expect([again.encoding, again.data, again.version]).toEqual([undefined, undefined, 0])
  })

  test('is written with its running average where there is one', async () => {
    const averaged = Model.create('a', spec)
    const { parameters } = await averaged.read()
    const twice = mapTree<unknown, HostArray, Packed<HostArray>>((leaf) => float32(leaf.shape, (leaf.data as Float32Array).map((x) => 2 * x)), parameters)
    averaged.replace({ parameters, average: twice }, 5)
    const doubled = (await parametersOf(Model.create('a', spec))).map(({ shape, data: values }) => float32(shape, (values as Float32Array).map((x) => 2 * x)))
    expect(await parametersOf(readModel(await written(averaged), make))).toEqual(doubled)
  })

  test('has the net\'s own names', async () => {
    const { arrays } = decodeSafetensors(await written())
    expect([...arrays.keys()]).toEqual(paths(model.shapes))
    expect([...arrays.keys()]).toContain('blocks.0.modulate.w')
  })

  test('makes the same bytes each time', async () => {
    expect((await written()).equals(await written())).toBe(true)
    expect((await written(readModel(await written(), make))).equals(await written())).toBe(true)
  })

  test('with parameters of all sizes packs and unpacks', async () => {
    const large = Model.create('a', { ...spec, net: mlp({ width: 128, layers: 2 }) })
    expect(await parametersOf(readModel(await written(large), make))).toEqual(await parametersOf(large))
    expect((packArrays(unpackArrays(large.shapes, (await large.read()).parameters as Packed<HostArray>)).large).length).toBeGreaterThan(0)
  })
})

describe('is refused with a place', () => {
  const changed = async (change: (tensors: { metadata: Record<string, string>; arrays: Map<string, HostArray> }) => void): Promise<Uint8Array> => {
    const { metadata, arrays } = decodeSafetensors(await written())
    const copy = { metadata: { ...metadata }, arrays: new Map(arrays) }
    change(copy)
    return Buffer.concat(encodeSafetensors(copy))
  }
  const described = (change: (description: Record<string, unknown>) => void) => changed(({ metadata }) => {
    const description = JSON.parse(metadata.heatbath as string) as Record<string, unknown>
    change(description)
    metadata.heatbath = JSON.stringify(description)
  })

  test.each<[string, () => Promise<Uint8Array>, string, RegExp]>([
    ['a model of others', () => changed(({ metadata }) => delete metadata.heatbath), 'its metadata', /do not describe/],
    ['a description that is not JSON', () => changed(({ metadata }) => (metadata.heatbath = '{')), 'its metadata', /not JSON/],
    ['a description without a net', () => described((description) => delete description.net), 'its metadata', /net/],
    ['a later format', () => described((description) => (description.format = 2)), 'its metadata', /format/],
    ['variables of another number', () => described((description) => (description.dim = 4)), 'its metadata', /3 coordinates, not 4/],
    ['an array too few', () => changed(({ arrays }) => arrays.delete('embed.w')), 'array embed.w', /missing/],
    ['an array too many', () => changed(({ arrays }) => arrays.set('extra', float32([1], new Float32Array(1)))), 'array extra', /none of this name/],
    ['an array of another shape', () => changed(({ arrays }) => arrays.set('embed.b', float32([1], new Float32Array(1)))), 'array embed.b', /shape is \[1\], the net's \[4\]/],
  ])('%s', async (_, bytes, place, problem) => {
    const file = await bytes()
    expect(() => readModel(file, make)).toThrow(expect.objectContaining({ code: 'model_file_invalid', details: { place, problem: expect.stringMatching(problem) as unknown } }))
  })
})

describe('Python', () => {
  needs('python')

  test('reads the arrays and the description', async () => {
    const file = path.join(run.folder, 'flights.safetensors')
    writeFileSync(file, await written())
    const [weights] = await parametersOf(model)
    expect(python('../models/read_safetensors.py', file)).toEqual({
      names: paths(model.shapes).sort(),
      first: [[...(weights as HostArray).shape], expect.closeTo([...(weights as HostArray).data].reduce((a, b) => a + b, 0), 4)],
      description: expect.objectContaining({ name: 'flights', version: 12, origin: { pipeline: 'nightly', seed: '3' }, net: { name: 'residual_mlp', config: { width: 8, blocks: 2, embedding: 4 } } }) as unknown,
    })
  })
})
