/** A pipeline that is no file: checked and run by a program. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { lint, run, type PipelineDeclaration } from '../../src/index.ts'
import { runFolder } from '../streams/sinks/world.ts'

const folder = runFolder()

test('is run with nothing but a folder: the run gets an id, and its pipeline is the copy that it keeps', async () => {
  const { issues, declaration } = await lint(`name: wells
streams:
  particles:
    sample: { energy: { double_well: {} }, sampler: { langevin: { step_size: 0.01 } }, chains: 10, steps: 5 }
outputs:
  - { from: particles, arrow_file: { path: particles.arrows } }
`)
  expect(issues).toEqual([])
  const done = await run(declaration as PipelineDeclaration, { out: folder.folder })
  expect(done).toMatchObject({ status: 'completed', name: 'wells', streams: { particles: { rows: 50 } }, run_id: expect.stringMatching(/^\d{8}-\d{6}-/) as unknown })
  const manifest = JSON.parse(readFileSync(path.join(folder.folder, 'manifest.json'), 'utf8')) as unknown
  expect(manifest).toMatchObject({ run_id: done.run_id, pipeline: { file: path.join(folder.folder, 'pipeline.yaml'), folder: process.cwd() } })
  expect(folder.files()).toEqual(['manifest.json', 'particles.arrows', 'pipeline.yaml'])
})
