/** What a run leaves that failed or was stopped, and how it goes on from there. */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { builtin } from '../../../src/pipelines/catalogue.ts'
import { modelFromFile } from '../../../src/pipelines/load-model.ts'
import { defineSink } from '../../../src/streams/sinks/contract.ts'
import { points, POINTS, wells, WELLS } from './good.ts'
import { attempt, resumed, type Attempt, type Outcome } from './world.ts'

/** A sink that cannot write while there is a file `broken` in the run folder. */
const flaky = defineSink({
  name: 'flaky', summary: 'May fail.', config: z.strictObject({}), example: 'outputs: [{ from: samples, flaky: {} }]', reference: 'none',
  open: (_, __, { folder }) => Promise.resolve({
    write: () => (existsSync(path.join(folder, 'broken')) ? Promise.reject(new Error('it broke')) : Promise.resolve()),
    commit: () => Promise.resolve({}),
    abort: () => Promise.resolve(),
  }),
})
const catalogue = builtin.with([flaky as never])
/** The pipeline, with a further output. */
const withFlaky = (yaml: string, stream: string): Attempt => ({ yaml: `${yaml}  - { from: ${stream}, flaky: {} }\n`, options: { catalogue }, before: broken })
const broken = (_: string, out: string): void => {
  mkdirSync(out)
  writeFileSync(path.join(out, 'broken'), '')
}
/** It goes on, and nothing is broken any more. */
const repaired = (failed: Outcome): Promise<Outcome> => {
  rmSync(path.join(failed.out, 'broken'))
  return resumed(failed, { catalogue })
}

const file = ({ out }: Outcome, name: string): Buffer => readFileSync(path.join(out, name))
const phases = ({ events }: Outcome): number[] => events.flatMap((event) => (event.event === 'phase' ? [event.phase] : []))

describe('a failure', () => {
  test('of one output ends the streams of its phase, and leaves nothing of the others', async () => {
    const { error, left, summary } = await attempt(withFlaky(wells(['steps: 20', 'steps: 1000000']), 'particles'))
    expect([error?.message, left]).toEqual(['it broke', ['broken']])
    expect(summary?.streams.particles?.rows).toBeLessThan(1_000_000)
  })

  test('of sampling keeps what was trained: the run goes on there, and ends as if nothing had been', async () => {
    const whole = await attempt({ yaml: POINTS })
    const failed = await attempt(withFlaky(POINTS, 'samples'))
    expect([failed.summary?.status, failed.left]).toEqual(['failed', ['broken', 'points.safetensors', 'training.parquet']])
    const after = await repaired(failed)
    expect([after.error, after.summary?.status, phases(after)]).toEqual([undefined, 'completed', [2]])
    for (const name of whole.left) expect(file(after, name).equals(file(whole, name)), name).toBe(true)
    expect(after.manifest?.outputs.map(({ of, sink }) => [of, sink]).sort()).toEqual([['points', 'safetensors'], ['samples', 'arrow_file'], ['samples', 'flaky'], ['training', 'parquet']])
    expect(after.manifest?.streams.training?.rows).toBe(8)
  })

  test('of training begins it again', async () => {
    const whole = await attempt({ yaml: POINTS })
    const failed = await attempt(withFlaky(POINTS, 'training'))
    expect([failed.summary?.status, failed.left]).toEqual(['failed', ['broken']])
    const after = await repaired(failed)
    expect([after.error, phases(after)]).toEqual([undefined, [1, 2]])
    for (const name of whole.left) expect(file(after, name).equals(file(whole, name)), name).toBe(true)
  })

  test('of the last model output keeps the training', async () => {
    const failed = await attempt({ yaml: points(['  - { model: points, safetensors: { path: points.safetensors } }', '  - { model: points, safetensors: { path: at/points.safetensors } }']), before: (_, out) => mkdirSync(path.join(out, 'at/points.safetensors.part'), { recursive: true }) })
    expect(failed).toMatchObject({ error: { code: 'sink_unwritable' }, left: ['training.parquet'] })
    rmSync(path.join(failed.out, 'at'), { recursive: true })
    const after = await resumed(failed)
    expect([after.error, after.left]).toEqual([undefined, ['at/points.safetensors', 'samples.arrows', 'training.parquet']])
    expect(file(after, 'training.parquet').equals(file(failed, 'training.parquet'))).toBe(true)
  })

  test('by divergence of a training leaves the last good model', async () => {
    const failed = await attempt({ yaml: points(['learning_rate: 0.01', 'learning_rate: 1.0e+30']) })
    const { error, out } = failed
    expect(error).toMatchObject({ code: 'training_diverged', hint: expect.stringContaining('after step 1; a run keeps it in checkpoints/') as string })
    const model = await modelFromFile(path.join(out, 'checkpoints/000001/points.safetensors'), builtin)
    expect(model.version).toBe(1)
    expect((await resumed(failed)).error).toMatchObject({ code: 'training_diverged' }) // the same again, not something else
  })
})

describe('a stop', () => {
  test('while the data are looked at leaves nothing decided: the run begins again', async () => {
    const whole = await attempt({ yaml: POINTS })
    const stop = new AbortController()
    stop.abort()
    const stopped = await attempt({ yaml: POINTS, options: { stop: stop.signal } })
    expect([stopped.summary?.status, stopped.left, readdirSync(path.join(stopped.out, 'checkpoints/000001'))]).toEqual(['stopped', [], ['checkpoint.json']])
    const after = await resumed(stopped)
    expect(after.error).toBeUndefined()
    for (const name of whole.left) expect(file(after, name).equals(file(whole, name)), name).toBe(true)
  })

  test('when all is done changes nothing', async () => {
    const stop = new AbortController()
    const { summary, left } = await attempt({ yaml: WELLS, options: { stop: stop.signal, onEvent: ({ event }) => event === 'written' && setTimeout(() => stop.abort()) } })
    expect([summary?.status, left]).toEqual(['completed', ['particles.arrows']])
  })

  /** Stops when a training has given so many rows. */
  const stopAt = (row: number): NonNullable<Attempt['options']> => {
    const stop = new AbortController()
    let rows = 0
    return { stop: stop.signal, watch: (name, batches$) => void (name === 'training' && batches$.subscribe((batch) => (rows += batch.numRows) >= row && stop.abort())) }
  }

  test.each([
    ['with categories: their noise goes on', 'SELECT i::DOUBLE AS a, CASE WHEN i % 3 = 0 THEN \'x\' ELSE \'y\' END AS c FROM range(256) t(i)', ''],
    ['without the batches that no row is left of', 'SELECT CASE WHEN i BETWEEN 40 AND 140 THEN NULL ELSE i::DOUBLE END AS a, CASE WHEN i % 3 = 0 THEN \'x\' ELSE \'y\' END AS c FROM range(256) t(i)', ', on_invalid: drop'],
  ])('of training on a table, %s', async (_, query, perturb) => {
    const yaml = points(['two_moons: { rows: 256 }', `sql: { query: ${JSON.stringify(query)} }`], ['    net: {', '    encoding: table\n    net: {'],
      ['epochs: 2', 'epochs: 60'], ['rows: 64', 'rows: 32'], ['perturb: { model: points', `perturb: { model: points${perturb}`])
    const whole = await attempt({ yaml })
    const stopped = await attempt({ yaml, options: stopAt(20) })
    expect([whole.error, stopped.summary?.status]).toEqual([undefined, 'stopped'])
    const after = await resumed(stopped)
    expect(after.error).toBeUndefined()
    for (const name of whole.left) expect(file(after, name).equals(file(whole, name)), name).toBe(true)
  })

  test.each([
    ['beside a file that gives its rows back', ''],
    ['alone', 'training.parquet'],
  ])('of training that is drawn and written as curves, %s', async (_, without) => {
    const outputs = '  - { from: training, tensorboard: { path: curves } }\n  - { from: training, plot: { path: loss.svg, mark: lines, x: step, y: loss } }\n'
    const yaml = `${points(['epochs: 2', 'epochs: 100'], ...(without === '' ? [] : [['  - { from: training, parquet: { path: training.parquet } }\n', ''] as const]))}${outputs}`
    const whole = await attempt({ yaml })
    const stopped = await attempt({ yaml, options: stopAt(20) })
    expect([whole.error, stopped.summary?.status]).toEqual([undefined, 'stopped'])
    expect(existsSync(path.join(stopped.out, 'checkpoints/training.arrows'))).toBe(without !== '')
    const again = await resumed(stopped, stopAt(20))
    expect(again.summary?.status).toBe('stopped')
    const after = await resumed(again)
    expect([after.error, after.left]).toEqual([undefined, whole.left])
    for (const name of whole.left) expect(file(after, name).equals(file(whole, name)), name).toBe(true)
    expect([existsSync(path.join(whole.out, 'checkpoints')), existsSync(path.join(after.out, 'checkpoints/training.arrows'))]).toEqual([false, false])
  })

  test('of training twice, and a kill in between, repeat no step', async () => {
    const long = points(['epochs: 2', 'epochs: 200'])
    const whole = await attempt({ yaml: long })
    const first = await attempt({ yaml: long, options: stopAt(20) })
    const second = await resumed(first, stopAt(20))
    expect([first.summary?.status, second.summary?.status]).toEqual(['stopped', 'stopped'])
    rmSync(path.join(second.out, 'checkpoints/000002'), { recursive: true }) // as if it had been killed before it wrote one: rows are there that the model has not seen
    const last = await resumed(second)
    expect(last.error).toBeUndefined()
    for (const name of whole.left) expect(file(last, name).equals(file(whole, name)), name).toBe(true)
  })
})

test('a process that is killed after a training leaves it to whoever resumes the run', async () => {
  const whole = await attempt({ yaml: POINTS })
  const copy = path.join(whole.folder, 'killed')
  let begun = ''
  await attempt({
    yaml: POINTS,
    before: (_, out) => (begun = out),
    options: { onEvent: (event) => void (event.event === 'phase' && event.phase === 2 && cpSync(begun, copy, { recursive: true })) },
  })
  const manifest = path.join(copy, 'manifest.json')
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"process_id": \d+/, `"process_id": ${NOBODY}`))
  const after = await resumed({ ...whole, out: copy })
  expect([after.error, after.summary?.status, phases(after), after.left]).toEqual([undefined, 'completed', [2], whole.left])
  for (const name of whole.left) expect(file(after, name).equals(file(whole, name)), name).toBe(true)
  expect(after.manifest?.outputs.map(({ of, sink }) => [of, sink]).sort()).toEqual(whole.manifest?.outputs.map(({ of, sink }) => [of, sink]).sort())
  expect(existsSync(path.join(whole.out, 'checkpoints'))).toBe(false)
})

/** Above the largest that a process may have. */
const NOBODY = 2 ** 22 + 1

describe('a checkpoint', () => {
  const stopped = async (): Promise<Outcome> => attempt(withFlaky(POINTS, 'samples'))

  test('that there is not', async () => {
    expect(await resumed(await attempt({ yaml: WELLS }))).toMatchObject({ error: { code: 'checkpoint_missing' }, exit: 78 })
  })

  test('of another pipeline', async () => {
    const run = await stopped()
    const written = path.join(run.out, 'pipeline.yaml')
    writeFileSync(written, readFileSync(written, 'utf8').replace('width: 8', 'width: 9'))
    expect(await resumed(run, { catalogue })).toMatchObject({ error: { code: 'checkpoint_invalid', message: expect.stringContaining('another pipeline') as string }, exit: 78 })
  })

  test.each([
    ['without its index', 'checkpoint.json', 0, 'checkpoint_invalid', 78],
    ['with a model that is cut off', 'points.safetensors', 300, 'model_file_invalid', 1],
    ['with a state that is cut off', 'points.state.safetensors', 300, 'model_file_invalid', 1],
  ] as const)('%s', async (_, name, length, code, exit) => {
    const run = await stopped()
    truncateSync(path.join(run.out, 'checkpoints/000001', name), length)
    const after = await resumed(run, { catalogue })
    expect(after).toMatchObject({ error: { code }, exit })
    expect(after.error?.message).toContain('checkpoints/000001')
  })

  test('of a run that goes on is left to it', async () => {
    const run = await stopped()
    const manifest = path.join(run.out, 'manifest.json')
    writeFileSync(manifest, JSON.stringify({ ...run.manifest, status: 'running', process_id: process.ppid }))
    expect(await resumed(run, { catalogue })).toMatchObject({ error: { code: 'run_active', message: expect.stringContaining(`process ${process.ppid}`) as string }, exit: 78 })
  })
})

describe('a disk', () => {
  /** A file system of so many bytes; undefined where none may be mounted. */
  function small(folder: string, bytes: number): string | undefined {
    const mounted = path.join(folder, 'disk')
    mkdirSync(mounted)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', mounted], { stdio: 'ignore' })
    } catch {
      return undefined
    }
    onTestFinished(() => void execFileSync('umount', ['--lazy', mounted]))
    return mounted
  }

  test.for([4096, 8192, 40_960, 409_600])('of %i bytes is full: it is said so, and what was begun is gone', async (size, context) => {
    const { folder } = await attempt({ yaml: WELLS })
    const disk = small(folder, size)
    if (disk === undefined) return context.skip('no file system may be mounted here')
    const { error, exit, left, manifest } = await attempt({ yaml: wells(['steps: 20', 'steps: 2000']), options: { out: path.join(disk, 'run') } })
    expect([error?.code, exit, left]).toEqual(['sink_disk_full', 1, []])
    expect(error?.hint).toContain('--out')
    if (size > 8192) expect(manifest?.error?.code).toBe('sink_disk_full') // the manifest has room again
  })

  test('that may not be written to', async () => {
    const { folder } = await attempt({ yaml: WELLS })
    chmodSync(folder, 0o555)
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534) // root may write anywhere
    try {
      const { error, exit } = await attempt({ yaml: WELLS, options: { out: path.join(folder, 'another') } })
      expect([error?.code, exit]).toEqual(['sink_unwritable', 1])
      expect(error?.message).toContain('EACCES')
    } finally {
      if (isRoot) process.seteuid?.(0)
      chmodSync(folder, 0o755)
    }
  })
})
