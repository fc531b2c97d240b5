/** Models that a pipeline takes from earlier runs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { builtin } from '../../src/pipelines/catalogue.ts'
import { loadModel } from '../../src/pipelines/load-model.ts'
import { folderWith } from '../interfaces/cli/command.ts'
import { modelFile } from './faults/models.ts'

/** A run that wrote models, each of a width that tells it from others. */
async function runWith(folder: string, models: Readonly<Record<string, number>>): Promise<string> {
  mkdirSync(folder, { recursive: true })
  for (const [name, width] of Object.entries(models)) writeFileSync(path.join(folder, `${name}.safetensors`), await modelFile(width))
  const outputs = Object.keys(models).map((of) => ({ of, sink: 'safetensors', path: `${of}.safetensors` }))
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ outputs }))
  return folder
}

const widthOf = async (name: string, run: string): Promise<unknown> => {
  const { spec } = await loadModel(path.dirname(run), builtin)(name, { path: ['models', name], run })
  return (spec.net as { is?: { config: { width: number } } }).is?.config.width
}

test('of several the one of that name, a sole one under any', async () => {
  const folder = folderWith({})
  const several = await runWith(path.join(folder, 'several'), { a: 4, b: 5 })
  expect([await widthOf('a', several), await widthOf('b', several)]).toEqual([4, 5])
  expect(await widthOf('c', await runWith(path.join(folder, 'sole'), { a: 6 }))).toBe(6)
})

test('several, none of that name: the error says which there are, and their files', async () => {
  const run = await runWith(path.join(folderWith({}), 'several'), { a: 4, b: 5 })
  await expect(widthOf('c', run)).rejects.toMatchObject({
    code: 'model_choice', message: expect.stringMatching(/wrote no model c, but a, b$/) as string, hint: expect.stringContaining('{ file: several/a.safetensors } or { file: several/b.safetensors }') as string,
  })
})
