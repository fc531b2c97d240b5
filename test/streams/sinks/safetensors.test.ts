import { createHash } from 'node:crypto'
import { readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { mlp } from '../../../src/models/nets/mlp.ts'
import { geometric } from '../../../src/models/noise/geometric.ts'
import { none } from '../../../src/models/preconditioning/none.ts'
import { Model } from '../../../src/streams/model.ts'
import { decodeSafetensors } from '../../../src/streams/models/safetensors.ts'
import { safetensors } from '../../../src/streams/sinks/safetensors.ts'
import { runFolder } from './world.ts'

const run = runFolder()
const model = Model.create('digits', {
  dim: 2, variables: [{ name: 'x0' }, { name: 'x1' }], net: mlp({ width: 4, layers: 1 }), noise: geometric({ largest: 8, smallest: 0.02, levels: 5 }), preconditioning: none({}),
})

test('writes the model, with its size, sum and origin', async () => {
  const written = await safetensors({ path: 'out/digits.safetensors' }).save(model, run.context)
  const bytes = readFileSync(path.join(run.folder, 'out/digits.safetensors'))
  expect(written).toEqual({ path: 'out/digits.safetensors', bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  expect(JSON.parse(decodeSafetensors(bytes).metadata.heatbath as string)).toMatchObject({ name: 'digits', origin: { pipeline: 'test' } })
  expect(run.files()).toEqual(['out/digits.safetensors'])
})

test('a full disk leaves nothing', async () => {
  symlinkSync('/dev/full', path.join(run.folder, 'a.safetensors.part'))
  await expect(safetensors({ path: 'a.safetensors' }).save(model, run.context)).rejects.toMatchObject({ code: 'sink_disk_full' })
  expect(run.files()).toEqual([])
})
