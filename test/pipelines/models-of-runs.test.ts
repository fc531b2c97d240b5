/** Models that a pipeline takes from earlier runs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { builtin } from '../../src/pipelines/catalogue.ts'
import { modelLoader } from '../../src/pipelines/load-model.ts'
import { findRun } from '../../src/pipelines/run-folder.ts'
import { folderWith } from '../interfaces/cli/command.ts'
import { modelFile } from './faults/models.ts'

/** A run that wrote models, each of a width that tells it from others. */
async function runWith(folder: string, models: Readonly<Record<string, number>>, manifest: object = {}): Promise<string> {
  mkdirSync(folder, { recursive: true })
  for (const [name, width] of Object.entries(models)) writeFileSync(path.join(folder, `${name}.safetensors`), await modelFile(width))
  const outputs = Object.keys(models).map((of) => ({ of, sink: 'safetensors', path: `${of}.safetensors` }))
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ ...manifest, outputs }))
  return folder
}

/** Runs of one pipeline, the first the oldest. */
async function runsOf(...runs: readonly (readonly [status: string, models: Readonly<Record<string, number>>])[]): Promise<string> {
  const root = folderWith({})
  for (const [i, [status, models]] of runs.entries()) await runWith(path.join(root, 'nightly', `r${i}`), models, { name: 'nightly', run_id: `r${i}`, status, started: `2026-12-0${i + 1}T00:00:00.000Z` })
  return root
}

const widthOf = async (name: string, run: string, root?: string): Promise<unknown> => {
  const { spec } = await modelLoader(path.dirname(run), builtin, root)(name, { path: ['models', name], run })
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

describe('by the name of a pipeline', () => {
  test('it is of the newest run that completed and wrote it', async () => {
    const root = await runsOf(['completed', { a: 4 }], ['completed', { a: 5, b: 6 }], ['completed', { b: 7, c: 8 }], ['completed', {}], ['failed', { a: 9 }], ['stopped', {}], ['running', {}])
    expect(await widthOf('a', 'nightly@latest', root)).toBe(5)
    expect(await widthOf('b', 'nightly', root)).toBe(7)
    expect(await widthOf('a', 'nightly@r4', root)).toBe(9) // the one that is meant, whatever became of it
    expect(path.basename(await findRun('nightly@latest', root))).toBe('r6')
  })

  test('no such run: the error says what is lacking', async () => {
    const root = await runsOf(['completed', {}], ['failed', { a: 4 }])
    await expect(widthOf('a', 'nightly@latest', root)).rejects.toMatchObject({ code: 'model_missing', message: expect.stringContaining('none of its runs completed and wrote a model') as string })
    await expect(widthOf('a', 'nightly@r0', root)).rejects.toMatchObject({ code: 'model_missing', message: expect.stringContaining('its run wrote no model') as string })
  })
})
