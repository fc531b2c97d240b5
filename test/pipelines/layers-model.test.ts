/** A LayersModel that a pipeline names by its file. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { builtin } from '../../src/pipelines/catalogue.ts'
import { modelFromFile } from '../../src/pipelines/load-model.ts'
import { decodeSafetensors } from '../../src/streams/models/safetensors.ts'
import { filesOf, tanhModel } from '../models/nets/layers.ts'
import { points } from './faults/good.ts'
import { attempt, filesIn } from './faults/world.ts'

const NET = 'mlp: { width: 8, layers: 1 }'
const BY_FILE = 'layers_model: { path: nets/model.json }'

const inNets = (files: Readonly<Record<string, Buffer>>): Record<string, Buffer> => Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`nets/${name}`, bytes]))

test('is trained from its weights, sampled, and kept in the model\'s own file', async () => {
  const done = await attempt({ yaml: points([NET, BY_FILE], ['learning_rate: 0.01', 'learning_rate: 0.000001']), files: inNets(await filesOf(tanhModel(3, 2))) })
  expect([done.error, done.exit]).toEqual([undefined, 0])
  expect(filesIn(done.out)).toContain('samples.arrows')
  const file = path.join(done.out, 'points.safetensors')
  const kernel = decodeSafetensors(readFileSync(file)).arrays.get('first/kernel')
  const begun = [...tanhModel(3, 2).layers[0]?.getWeights()[0]?.dataSync() ?? []]
  expect(begun).toHaveLength(48)
  begun.forEach((value, i) => expect(kernel?.data[i]).toBeCloseTo(value, 4))
  expect((await modelFromFile(file, builtin)).spec.net.is.name).toBe('layers_model')
  expect(readFileSync(path.join(done.out, 'pipeline.yaml'), 'utf8')).toContain('path: nets/model.json')
})

test('whose file is not there ends the run with its path', async () => {
  const { error, exit } = await attempt({ yaml: points([NET, BY_FILE]) })
  expect([error?.code, exit]).toEqual(['net_missing', 78])
  expect(error?.message).toMatch(/nets\/model\.json/)
})

test('a shard of which is not there ends the run with its path', async () => {
  const { 'group1-shard1.bin': _, ...others } = await filesOf(tanhModel(3, 2))
  const { error, exit } = await attempt({ yaml: points([NET, BY_FILE]), files: inNets(others as Record<string, Buffer>) })
  expect([error?.code, exit]).toEqual(['net_missing', 78])
  expect(error?.message).toMatch(/nets\/group1-shard1\.bin/)
})

test('that does not fit the rows ends the run with what would', async () => {
  const { error } = await attempt({ yaml: points([NET, BY_FILE]), files: inNets(await filesOf(tanhModel(5, 2))) })
  expect(error).toMatchObject({ code: 'net_unfit', message: expect.stringMatching(/input has 5 numbers, \[5\], and a row has 2/) as unknown })
})
