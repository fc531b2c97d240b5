/** `run`: exit codes, summary, logs, signals, secrets; then `runs` and `resume`. */
import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Manifest } from '../../../src/pipelines/run-folder.ts'
import { folderWith, heatbath, MAIN, shell, summaryOf, wells, type Ended } from './command.ts'

const run = (cwd: string, ...args: readonly string[]): Promise<Ended> => heatbath(['run', 'a.yaml', '--no-serve', ...args], { cwd })

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as Manifest

/** Everything below a folder, as text. */
const contents = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1')).join('\n')

describe('a run', () => {
  test('0: its outputs, its manifest, its summary', async () => {
    const cwd = folderWith({ 'a.yaml': wells() })
    const ended = await run(cwd, '--run-id', 'first')
    const folder = path.join(cwd, 'runs/wells/first')
    expect(ended.code).toBe(0)
    expect(ended.stdout.split('\n')).toHaveLength(2)
    expect(summaryOf(ended)).toMatchObject({ run_id: 'first', status: 'completed', folder, streams: { particles: { rows: 2000 } } })
    expect(manifestOf(folder).status).toBe('completed')
    expect(existsSync(path.join(folder, 'particles.arrows'))).toBe(true)
    const lines = ended.stderr.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^heatbath \S+: wells, into runs\/wells\/first$/)
    expect(lines[1]).toBe('phase 1 of 1: particles')
    expect(lines.at(-2)).toMatch(/^written: particles → arrow_file particles\.arrows \(2k rows, .*\)$/)
    expect(lines.at(-1)).toMatch(/^completed after \d+\.\d s$/)
    expect(lines.filter((line) => line.startsWith('particles: ')).length).toBeLessThanOrEqual(3) // one in two seconds

    const again = await run(cwd, '--run-id', 'first')
    expect(again).toEqual({ code: 78, stdout: '', stderr: expect.stringMatching(/^heatbath: run_exists: .*\nhint: Give another --out or --run-id; it has no checkpoint to resume from\.\n$/) })
  })

  test('--set, --out, --quiet', async () => {
    const cwd = folderWith({ 'a.yaml': wells() })
    const ended = await run(cwd, '--out', 'here', '--quiet', '--set', 'streams.particles.sample.steps=3', '--set', 'seed=9')
    expect([ended.code, ended.stderr]).toEqual([0, ''])
    expect(summaryOf(ended)).toMatchObject({ folder: path.join(cwd, 'here'), streams: { particles: { rows: 300 } } })
    expect(manifestOf(path.join(cwd, 'here')).seed).toBe(9)
  })

  test('1: what went wrong, in the manifest as well', async () => {
    const cwd = folderWith({ 'a.yaml': wells() })
    const ended = await run(cwd, '--out', 'here', '--set', 'streams.particles.sample.sampler.langevin.step_size=1000')
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^heatbath: sampler_diverged: all 100 chains of particles diverged by step \d+.*\nhint: Reduce step_size.*\n$/m)
    expect(summaryOf(ended)).toMatchObject({ status: 'failed', error: { code: 'sampler_diverged' } })
    expect(manifestOf(path.join(cwd, 'here'))).toMatchObject({ status: 'failed', error: { code: 'sampler_diverged' } })
  })

  test('99: nothing to do', async () => {
    const cwd = folderWith({ 'a.yaml': `name: none
streams:
  rows: { source: { sql: { query: SELECT 1 AS x WHERE false } } }
outputs: [{ from: rows, arrow_file: { path: rows.arrows } }]
` })
    const ended = await run(cwd)
    expect([ended.code, summaryOf(ended).status]).toEqual([99, 'completed'])
  })

  test.each([
    [['--set', 'streams.particles.sample.steps=-1'], /^a\.yaml:\d+:\d+: pipeline_value: .*\nheatbath: pipeline_invalid: a\.yaml has 1 fault\n/],
    [['--set', 'streams.__proto__.polluted=1'], /pipeline_set: --set streams\.__proto__\.polluted=1: /],
    [['--set', 'constructor.prototype.polluted=1'], /pipeline_set: /],
    [['--set', 'nonsense'], /pipeline_set: --set nonsense: /],
    [['--run-id', '../elsewhere'], /^heatbath: pipeline_name: \.\.\/elsewhere is not a name\n/],
  ])('78: %j', async (args, problem) => {
    const cwd = folderWith({ 'a.yaml': wells() })
    expect(await run(cwd, ...args)).toEqual({ code: 78, stdout: '', stderr: expect.stringMatching(problem) })
    expect(readdirSync(cwd)).toEqual(['a.yaml'])
  })

  test('an environment file that is not there, with Node called by name: Node itself looks for it, and ends with 9', async () => {
    const cwd = folderWith({ 'a.yaml': wells() })
    expect(await run(cwd, '--env-file', 'none.env')).toEqual({ code: 9, stdout: '', stderr: expect.stringContaining('none.env: not found') })
    expect(await shell(`'${process.execPath}' -- '${MAIN}' run a.yaml --env-file none.env`, { cwd })).toEqual({
      code: 78, stdout: '', stderr: expect.stringMatching(/^heatbath: pipeline_file: none\.env cannot be read: it is not there\n/),
    })
  })

  test('an environment file that is not there, asked for by the command as npm links it', async () => {
    const cwd = folderWith({ 'a.yaml': wells() })
    chmodSync(MAIN, 0o755) // as npm does
    symlinkSync(MAIN, path.join(cwd, 'heatbath'))
    expect(await shell('./heatbath run a.yaml --env-file none.env', { cwd })).toEqual({
      code: 78, stdout: '', stderr: expect.stringMatching(/^heatbath: pipeline_file: none\.env cannot be read: it is not there\n/),
    })
    expect((await shell('./heatbath run a.yaml --no-serve --out here', { cwd })).code).toBe(0)
  })

  test('78: a file that is not there', async () => {
    expect(await run(folderWith({}))).toEqual({ code: 78, stdout: '', stderr: expect.stringMatching(/^heatbath: pipeline_file: a\.yaml cannot be read: it is not there\nhint: /) })
  })

  test('a reader of stdout or stderr that leaves changes nothing', async () => {
    const cwd = folderWith({ 'a.yaml': wells() })
    const { code } = await shell('heatbath run a.yaml --no-serve --out here 2>&1 | true', { cwd })
    expect([code, manifestOf(path.join(cwd, 'here')).status]).toEqual([0, 'completed'])
  })

  test('is served unless it is told not to be', async () => {
    const cwd = folderWith({ 'a.yaml': wells() })
    const ended = await heatbath(['run', 'a.yaml', '--port', '0', '--out', 'here'], { cwd })
    expect(ended.stderr).toMatch(/watch it at http:\/\/127\.0\.0\.1:\d+$/m)
    expect([ended.code, manifestOf(path.join(cwd, 'here')).server]).toEqual([0, undefined])
  })
})

test('--log-format json: every line of stderr is JSON', async () => {
  const cwd = folderWith({ 'a.yaml': `${wells()}  - { from: particles, console: { rows: 1 } }\n` })
  const good = await run(cwd, '--log-format', 'json', '--run-id', 'good')
  const events = good.stderr.trimEnd().split('\n').map((line) => JSON.parse(line) as { event: string; run_id?: string; level: string })
  expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['begin', 'phase', 'progress', 'written', 'output', 'end']))
  for (const { level, run_id } of events) expect([level, run_id]).toEqual(['info', 'good'])

  const bad = await run(cwd, '--log-format', 'json', '--set', 'seed=-1')
  expect(bad.stderr.trimEnd().split('\n').map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ level: 'error', event: 'issue', file: 'a.yaml', code: 'pipeline_value', path: 'seed' }),
    expect.objectContaining({ level: 'error', event: 'error', code: 'pipeline_invalid' }),
  ])
})

describe('variables of the environment', () => {
  const SECRET = 'hunter2-correct-horse'
  const query = (sql: string): string => `name: secrets
streams:
  rows: { source: { sql: { query: "${sql}" } } }
outputs: [{ from: rows, arrow_file: { path: rows.arrows } }]
`

  test('are filled in, and stay out of all files and logs', async () => {
    const cwd = folderWith({ 'a.yaml': query('SELECT x FROM (VALUES (1.0)) t(x) WHERE \'${HB_SECRET}\' LIKE \'hunter2%\'') })
    const ended = await heatbath(['run', 'a.yaml', '--no-serve', '--out', 'here', '--log-format', 'json'], { cwd, env: { HB_SECRET: SECRET } })
    expect([ended.code, summaryOf(ended).streams.rows?.rows]).toEqual([0, 1])
    expect(contents(path.join(cwd, 'here'))).toContain('${HB_SECRET}')
    expect(contents(path.join(cwd, 'here')) + ended.stdout + ended.stderr).not.toContain(SECRET)
  })

  test('stay out of what databases complain about', async () => {
    const cwd = folderWith({ 'a.yaml': query('SELECT x FROM \'${HB_SECRET}.parquet\'') })
    for (const format of ['text', 'json']) {
      const ended = await heatbath(['run', 'a.yaml', '--no-serve', '--out', format, '--log-format', format], { cwd, env: { HB_SECRET: SECRET } })
      expect(ended.code).not.toBe(0)
      expect(ended.stderr).toContain('${HB_SECRET}')
      expect(contents(path.join(cwd, format)) + ended.stdout + ended.stderr).not.toContain(SECRET)
    }
  })

  test('stay out of what lint says', async () => {
    const cwd = folderWith({ 'a.yaml': 'name: ${HB_SECRET}\nstreams: {}\n' })
    const ended = await heatbath(['lint', 'a.yaml'], { cwd, env: { HB_SECRET: 'Not A Name' } })
    expect([ended.code, ended.stdout]).toEqual([78, expect.stringMatching(/pipeline_name: \$\{HB_SECRET\} is not a name/)])
  })

  test('come from a file, too, where the environment has none; have defaults; or are missed', async () => {
    const cwd = folderWith({ 'a.yaml': wells().replace('seed: 1', 'seed: ${HB_SEED:7}'), 'a.env': 'HB_SEED=5\n' })
    const seed = async (out: string, args: readonly string[], env: Record<string, string> = {}): Promise<number> => {
      await heatbath(['run', 'a.yaml', '--no-serve', '--quiet', '--out', out, ...args], { cwd, env })
      return manifestOf(path.join(cwd, out)).seed
    }
    expect(await seed('default', [])).toBe(7)
    expect(await seed('file', ['--env-file', 'a.env'])).toBe(5)
    expect(await seed('environment', ['--env-file', 'a.env'], { HB_SEED: '3' })).toBe(3)
    const missed = await heatbath(['lint', 'a.yaml', '--set', 'name=${HB_NOWHERE}'], { cwd })
    expect([missed.code, missed.stdout]).toEqual([78, expect.stringContaining('pipeline_variable: environment variable HB_NOWHERE is not set')])
  })
})

describe('signals', () => {
  /** Sends a signal once particles flow; another, if wanted, when the first was heard. */
  const interrupted = (cwd: string, signal: 'SIGINT' | 'SIGTERM', args: readonly string[] = [], { times = 1, env = {} }: { times?: number; env?: Record<string, undefined> } = {}): Promise<Ended> => {
    let sent = 0
    return heatbath(['run', 'a.yaml', '--no-serve', '--out', 'here', '--log-format', 'json', ...args], {
      cwd,
      env,
      onStderr(text, child) {
        if (sent === 0 && text.includes('"progress"')) sent += Number(child.kill(signal))
        else if (sent === 1 && times === 2 && text.includes('once more')) sent += Number(child.kill(signal))
      },
    })
  }

  // SIGINT on the engine there is: TensorFlow in its worker, where it is set up
  test.each([['SIGINT', 130, { HEATBATH_BACKEND: undefined }], ['SIGTERM', 143, {}]] as const)('%s ends a run after a checkpoint with %i', async (signal, code, env) => {
    const cwd = folderWith({ 'a.yaml': wells(1_000_000) })
    const ended = await interrupted(cwd, signal, [], { env })
    expect([ended.code, summaryOf(ended).status]).toEqual([code, 'stopped'])
    expect(manifestOf(path.join(cwd, 'here')).status).toBe('stopped')
    expect(readdirSync(path.join(cwd, 'here/checkpoints'))).toHaveLength(1)
    expect((await run(cwd, '--out', 'here')).stderr).toMatch(/^heatbath: run_exists: .*\nhint: Give another --out or --run-id, or `heatbath resume` it\.\n$/)
    expect(ended.stderr).toContain(`"${signal}: ending after a checkpoint; once more to end at once"`)
  })

  test('a run that was stopped goes on, and ends as if it had not been', async () => {
    const cwd = folderWith({ 'a.yaml': wells(1500) })
    const whole = await run(cwd, '--out', 'whole', '--run-id', 'one', '--quiet')
    expect((await interrupted(cwd, 'SIGTERM', ['--run-id', 'one'])).code).toBe(143)
    expect(manifestOf(path.join(cwd, 'here')).streams.particles?.rows).toBeLessThan(150_000)
    const resumed = await heatbath(['resume', 'here', '--no-serve', '--quiet'], { cwd })
    expect(resumed).toMatchObject({ code: 0, stderr: '' })
    expect(summaryOf(resumed)).toMatchObject({ run_id: 'one', status: 'completed', folder: path.join(cwd, 'here'), streams: { particles: { rows: 150_000 } } })
    expect(manifestOf(path.join(cwd, 'here')).status).toBe('completed')
    const file = (folder: string): Buffer => readFileSync(path.join(cwd, folder, 'particles.arrows'))
    expect([whole.code, file('here').equals(file('whole'))]).toEqual([0, true])
  })

  test('a second one ends it at once', async () => {
    const cwd = folderWith({ 'a.yaml': wells(1_000_000) })
    const ended = await interrupted(cwd, 'SIGINT', [], { times: 2 })
    expect(ended.code).toBe(130)
  })
})

describe('runs', () => {
  test('are listed, and removed on request', async () => {
    const cwd = folderWith({ 'a.yaml': wells(2) })
    for (const id of ['one', 'two', 'three']) await run(cwd, '--run-id', id, '--quiet')
    const listed = await heatbath(['runs'], { cwd })
    expect(listed.code).toBe(0)
    expect(listed.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['run', 'runs/wells/three', 'runs/wells/two', 'runs/wells/one', ''])

    const asked = await heatbath(['runs', 'prune', '--keep', '1'], { cwd })
    expect(asked).toEqual({ code: 78, stdout: 'runs/wells/two\nruns/wells/one\n', stderr: 'these 2 runs would be removed; say --yes\n' })
    expect(readdirSync(path.join(cwd, 'runs/wells'))).toHaveLength(3)
    expect((await heatbath(['runs', 'prune', '--keep', '1', '--yes'], { cwd })).code).toBe(0)
    expect(readdirSync(path.join(cwd, 'runs/wells'))).toEqual(['three'])
    const [only] = JSON.parse((await heatbath(['runs', '--format', 'json'], { cwd })).stdout) as { folder: string; status: string }[]
    expect(only).toMatchObject({ folder: 'runs/wells/three', status: 'completed' })
  })

  test('there are none', async () => {
    expect(await heatbath(['runs'], { cwd: folderWith({}) })).toEqual({ code: 0, stdout: '', stderr: 'no runs in runs\n' })
  })

  test('resume leaves a run that goes on alone, before its first checkpoint as well', async () => {
    const cwd = folderWith({ 'a.yaml': wells(2) })
    await run(cwd, '--out', 'here', '--quiet')
    const manifest = path.join(cwd, 'here/manifest.json')
    writeFileSync(manifest, JSON.stringify({ ...manifestOf(path.join(cwd, 'here')), status: 'running', process_id: process.pid }))
    expect(await heatbath(['resume', 'here'], { cwd })).toMatchObject({ code: 78, stderr: expect.stringMatching(/^heatbath: run_active: /) as string })
  })

  test('resume wants a run', async () => {
    expect(await heatbath(['resume', 'nowhere'], { cwd: folderWith({}) })).toEqual({ code: 78, stdout: '', stderr: expect.stringMatching(/^heatbath: run_missing: nowhere is not a run\n/) })
  })
})
