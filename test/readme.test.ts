/** What the README shows does what it says; that it compiles, types.test.ts holds. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { needs } from './needs.ts'
import { examplesOf } from './readme.ts'

needs('tensorflow')

const beside = mkdtempSync(path.join(import.meta.dirname, '.readme-')) // below the project: heatbath is found from there
const folder = mkdtempSync(path.join(tmpdir(), 'heatbath-readme-'))
afterAll(() => [beside, folder].forEach((made) => rmSync(made, { recursive: true, force: true })))

const PIPELINE = `name: mine
streams:
  particles:
    sample: { energy: { double_well: {} }, sampler: { langevin: { step_size: 0.01 } }, chains: 10, steps: 5 }
outputs:
  - { from: particles, parquet: { path: particles.parquet } }
`

test('the example of a program trains, samples, writes, loads and runs a pipeline', () => {
  const [program] = examplesOf('README.md')
  writeFileSync(path.join(folder, 'my.yaml'), PIPELINE)
  writeFileSync(path.join(beside, 'program.mjs'), `${program}\nconsole.log(JSON.stringify([again.name, again.version, again.encoding?.fields.map(({ name }) => name)]))`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(beside, 'program.mjs')], { cwd: folder, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, expect.not.stringContaining('Error')])
  expect(JSON.parse(stdout)).toEqual(['moons', 400, ['x0', 'x1']])
  expect(readdirSync(path.join(folder, 'out')).sort()).toEqual(['moons.safetensors', 'particles.parquet', 'training.parquet'])
  expect(readdirSync(path.join(folder, 'runs/mine'))).toContain('particles.parquet')
}, 240_000)
