/** Verbs to learn and to begin with: list, describe, create, schema, doctor. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { skeletons } from '../../../src/interfaces/cli/skeletons/index.ts'
import { builtin } from '../../../src/pipelines/catalogue.ts'
import { loadImports } from '../../../src/pipelines/imports.ts'
import { KINDS } from '../../../src/pipelines/words.ts'
import { locate } from '../../../src/setup/locate.mjs'
import { RECIPE, storeName } from '../../../src/setup/recipe.mjs'
import { needs } from '../../needs.ts'
import { folderWith, heatbath, summaryOf } from './command.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')

describe('list', () => {
  test('everything, and by kind', async () => {
    const { code, stdout } = await heatbath(['list', '--format', 'json'])
    expect(code).toBe(0)
    const listed = JSON.parse(stdout) as { kind: string; name: string }[]
    expect(listed.map(({ kind, name }) => `${kind} ${name}`)).toEqual(KINDS.flatMap((kind) => builtin.names(kind).map((name) => `${kind} ${name}`)))
    expect(KINDS).toEqual(expect.arrayContaining(builtin.kinds()))
    const samplers = await heatbath(['list', 'sampler'])
    expect(samplers.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([...builtin.names('sampler'), ''])
  })

  test('a kind that there is not', async () => {
    expect(await heatbath(['list', 'samplr'])).toEqual({ code: 78, stdout: '', stderr: 'heatbath: component_unknown: there is no kind samplr\nhint: did you mean sampler?\n' })
  })
})

describe('describe', () => {
  test('fields, example, reference', async () => {
    expect(await heatbath(['describe', 'langevin'])).toEqual({
      code: 0, stderr: '', stdout: `langevin: sampler
  Langevin dynamics without a Metropolis test.

Fields
  step_size  number > 0  required  η, in units of x².

Example
  sampler: { langevin: { step_size: 0.01 } }

Reference
  Roberts & Tweedie 1996, https://doi.org/10.2307/3318418
`,
    })
  })

  test('all that have the name; words of the language; what it is made of', async () => {
    const { stdout } = await heatbath(['describe', 'gaussian', '--format', 'json'])
    expect((JSON.parse(stdout) as { kind: string }[]).map(({ kind }) => kind)).toEqual(['energy', 'start'])
    expect((await heatbath(['describe', 'pipeline'])).stdout).toContain('seed')
    expect((await heatbath(['describe', 'optimize'])).stdout).toMatch(/one optimizer +adam \| sgd/)
  })
})

describe('create', () => {
  test.each(skeletons.filter(({ extension }) => extension === 'yaml').map(({ kind }) => kind))('a %s that lints', async (kind) => {
    const { code, stdout } = await heatbath(['create', kind, 'my-first'])
    expect(code).toBe(0)
    expect(await heatbath(['lint', 'my-first.yaml'], { cwd: folderWith({ 'my-first.yaml': stdout }) })).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('components that type-check as users would have it, load, and are made', async () => {
    const components = skeletons.filter(({ extension }) => extension === 'ts')
    expect(components.length).toBeGreaterThan(5)
    const folder = folderWith({ 'package.json': '{ "type": "module" }' })
    mkdirSync(path.join(folder, 'node_modules'))
    symlinkSync(ROOT, path.join(folder, 'node_modules/heatbath'))
    for (const { kind } of components) writeFileSync(path.join(folder, `my-own-${kind}.ts`), (await heatbath(['create', kind, `my-own-${kind}`])).stdout)
    const files = components.map(({ kind }) => `./my-own-${kind}.ts`)
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,dom']
    execFileSync(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, ...files], { cwd: folder })

    const { units, problems } = await loadImports(files, folder)
    expect(problems).toEqual([])
    expect(units.map(({ kind, name }) => [kind, name])).toEqual(components.map(({ kind }) => [kind, `my_own_${kind}`]))
    for (const unit of units) unit({} as never)
  })

  test('an energy of one\'s own runs', async () => {
    const energy = (await heatbath(['create', 'energy'])).stdout
    const pipeline = (await heatbath(['create', 'pipeline'])).stdout.replace('double_well: { dim: 2, height: 2 }', 'my_energy: { dim: 1 }')
    const cwd = folderWith({ 'my-energy.ts': energy, 'p.yaml': `import: [./my-energy.ts]\n${pipeline}` })
    const ended = await heatbath(['run', 'p.yaml', '--no-serve', '--set', 'streams.particles.sample.steps=20'], { cwd })
    expect([ended.code, summaryOf(ended).status]).toEqual([0, 'completed'])
  })

  test('refuses what it does not know, and names that are none', async () => {
    expect(await heatbath(['create', 'enrgy'])).toEqual({ code: 78, stdout: '', stderr: expect.stringContaining('did you mean energy?') })
    expect((await heatbath(['create', 'energy', '../../etc/passwd'])).code).toBe(78)
  })
})

test('schema is JSON', async () => {
  const { code, stdout } = await heatbath(['schema'])
  expect([code, (JSON.parse(stdout) as { $schema: string }).$schema]).toEqual([0, 'https://json-schema.org/draft/2020-12/schema'])
})

describe('doctor', () => {
  test('examines the machine', async () => {
    const { code, stdout } = await heatbath(['doctor', '--format', 'json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      heatbath: expect.any(String), node: process.version, tensorflow: { engine: 'eager', device: 'CPU', is_expected: false, first_program_ms: expect.any(Number) },
      processor: { threads: expect.any(Number) }, packages: { rxjs: expect.stringMatching(/^7\.8\./) }, problems: [],
    })
    expect((await heatbath(['doctor'])).stdout).toMatch(/^engine +eager, op by op, on the CPU/m)
  })

  test('fails where TensorFlow should be and is not', async (context) => {
    if (process.platform !== 'linux' || process.arch !== 'x64') context.skip('no TensorFlow is expected on this machine')
    const cache = folderWith({})
    const { code, stdout } = await heatbath(['doctor'], { env: { HEATBATH_BACKEND: undefined, HEATBATH_CACHE: cache } })
    expect(code).toBe(1)
    expect(stdout).toContain('TensorFlow is not set up: run `npx heatbath setup`')
  })

  describe('of a TensorFlow for GPUs', () => {
    needs('tensorflow')

    /** The store of this machine under the name of one for GPUs, where nvidia-smi finds a GPU. */
    const made = (): Record<string, string> => {
      const folder = folderWith({})
      symlinkSync(path.resolve(locate() as string, '../../..'), path.join(folder, storeName(RECIPE, 'linux-x64-gpu')))
      writeFileSync(path.join(folder, 'nvidia-smi'), '#!/bin/sh\n', { mode: 0o755 })
      return { HEATBATH_CACHE: folder, PATH: `${folder}:${process.env.PATH}` }
    }

    test.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('fails where it computes on the CPU, unless that is asked for', async () => {
      const env = { HEATBATH_BACKEND: undefined, HEATBATH_GPU: undefined, XLA_FLAGS: undefined, CUDA_VISIBLE_DEVICES: undefined, ...made() }
      const { code, stdout } = await heatbath(['doctor'], { env })
      expect(code).toBe(1)
      expect(stdout).toMatch(/^problem +There is a GPU and a TensorFlow for it, which computes on the CPU/m)
      expect(stdout).toContain('--xla_gpu_deterministic_ops=true')
      expect((await heatbath(['doctor'], { env: { ...env, CUDA_VISIBLE_DEVICES: '-1' } })).code).toBe(0)
    })
  })
})
