/** Models that a program writes are loaded again, with the components that they are made of. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { adam, annealedLangevin, defineNet, denoisingScoreMatching, edm, encode, loadModel, loss, Model, mlp, optimize, perturb, repeat, safetensors, sample, values, z } from '../../src/index.ts'
import { tf, type Tensor2D } from '../../src/engine/tf.ts'
import { readFloats } from '../../src/streams/arrow/read.ts'
import { needs } from '../needs.ts'
import { farthest, gather, gaussianRows, NOISE, stateOf } from '../streams/operators/numeric/training.ts'
import { runFolder } from '../streams/sinks/world.ts'

needs('tensorflow')

const run = runFolder()

const line = defineNet({
  name: 'line', summary: 'A linear map.', example: 'net: { line: { scale: 2 } }', reference: 'https://example.org',
  config: z.strictObject({ scale: z.number().default(1).meta({ description: 'Of the output.' }) }),
  make: ({ scale }) => ({
    init: (inputs, outputs, draws) => ({ w: draws.normal([inputs, outputs], 0.1) }),
    apply: ({ w }: { w: Tensor2D }, x) => tf.mul(scale, tf.matMul(x, w)),
  }),
})

/** A model of rows of a list column, after a few updates. */
async function trained(net: Model['spec']['net']): Promise<Model> {
  const rows$ = gaussianRows({ batches: 2 })
  const rows = await gather(rows$)
  const encoding = values({}).fit((rows[0] as (typeof rows)[number]).schema, rows)
  const model = Model.create('points', { dim: 2, variables: encoding.variables, net, noise: NOISE, preconditioning: edm({ sd: 1, mean: 0 }) }, 3, { encoding })
  await gather(rows$.pipe(repeat(5), encode(encoding), perturb(NOISE), loss(model, denoisingScoreMatching({})), optimize(model, adam({ learning_rate: 0.01 }), { ema_decay: 0.9 })))
  return model
}

const drawn = async (model: Model): Promise<number[]> => {
  const batches = await gather(sample(annealedLangevin({ steps_per_level: 2 }), { model, chains: 5, every: 12 }))
  const numbers = batches.flatMap((batch) => [...readFloats(batch, 'x').values])
  expect([numbers.length, numbers.every(Number.isFinite)]).toEqual([10, true])
  return numbers
}

describe('a model that was trained and saved', () => {
  test('is loaded as it was: it draws the same', async () => {
    const model = await trained(mlp({ width: 8, layers: 1 }))
    await safetensors({ path: 'points.safetensors' }).save(model, run.context)
    const again = await loadModel(path.join(run.folder, 'points.safetensors'))
    expect([again.name, again.version, again.spec.net.is, again.encoding?.is]).toEqual(['points', 10, model.spec.net.is, values({}).is])
    expect(await drawn(again)).toEqual(await drawn(model))
    expect(farthest((await stateOf(again)).parameters ?? [], (await stateOf(model)).average ?? [])).toBe(0)
  })

  test('may be made of components of one\'s own, where they are given', async () => {
    const model = await trained(line({ scale: 2 }))
    await safetensors({ path: 'points.safetensors' }).save(model, run.context)
    const file = path.join(run.folder, 'points.safetensors')
    const again = await loadModel(file, { units: [line], name: 'others' })
    expect([again.name, again.spec.net.is]).toEqual(['others', { kind: 'net', name: 'line', config: { scale: 2 } }])
    expect(await drawn(again)).toEqual(await drawn(model))
    await expect(loadModel(file)).rejects.toMatchObject({ code: 'model_component', details: { kind: 'net', name: 'line' } })
  })
})

test('what is no model is refused, by the name of the file', async () => {
  const file = path.join(run.folder, 'a.safetensors')
  await expect(loadModel(file)).rejects.toMatchObject({ code: 'model_missing', details: { path: file } })
  writeFileSync(file, 'nothing')
  await expect(loadModel(file)).rejects.toMatchObject({ code: 'model_file_invalid', message: expect.stringContaining(file) as unknown })
})
