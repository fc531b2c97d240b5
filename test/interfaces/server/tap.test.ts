/** `heatbath tap`, as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { tableFromIPC, type RecordBatch } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeStream } from '../../../src/streams/arrow/ipc.ts'
import { particles, rowsOf, SCHEMA, xOf } from '../../streams/taps/particles.ts'
import { clientsOf, started, until, type World } from './world.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heatbath-tap-'))
})
afterAll(() => rm(folder, { recursive: true }))

const dist = (file: string): string => path.resolve('dist/interfaces/cli', file)
const COMMAND = `
  import { Command } from 'commander'
  import { report } from '${dist('report.js')}'
  import { tap } from '${dist('verbs/tap.js')}'
  for (const stream of [process.stdout, process.stderr]) stream.on('error', (error) => { if (error.code !== 'EPIPE') throw error })
  const program = new Command('heatbath')
  tap(program)
  let code
  try { await program.parseAsync(process.argv.slice(1), { from: 'user' }); code = process.exitCode } catch (error) { code = report(error) }
  await new Promise((resolve) => process.stdout.write('', resolve))
  process.exit(code)`

interface Ended { readonly code: number | null; readonly out: Buffer; readonly err: string }

/** `first` takes only the first bytes of stdout, then closes it. */
const tap = (...args: Parameters<typeof tapChild>): Promise<Ended> => tapChild(...args).ended

interface TapChild { readonly child: ChildProcess; readonly ended: Promise<Ended>; readonly size: () => number }

function tapChild(args: readonly string[], { env = {}, first = false }: { env?: Record<string, string>; first?: boolean } = {}): TapChild {
  const child = spawn(process.execPath, ['--input-type=module', '-e', COMMAND, 'tap', ...args], { env: { ...process.env, ...env } })
  const out: Buffer[] = []
  let err = ''
  child.stdout.on('data', (data: Buffer) => {
    out.push(data)
    if (first) child.stdout.destroy()
  })
  child.stderr.on('data', (data) => (err += String(data)))
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out: Buffer.concat(out), err })))
  return { child, ended, size: () => out.reduce((sum, { length }) => sum + length, 0) }
}

/** Emits when the client is there, then ends the stream. */
async function emit(world: World, batches: readonly RecordBatch[]): Promise<void> {
  await until(() => clientsOf(world) === 1, 30_000)
  for (const batch of batches) world.batches$.next(batch)
  world.batches$.complete()
}

/** A run folder whose manifest says so. */
async function runFolder(name: string, manifest: object): Promise<string> {
  const run = path.join(folder, name)
  await mkdir(run)
  await writeFile(path.join(run, 'manifest.json'), JSON.stringify({ run_id: '20261124-201530-3f9a', name, status: 'running', started: '', ...manifest }))
  return run
}

const sent = [...particles({ chains: 20, steps: 6 })]

describe('a stream', () => {
  test('as NDJSON, unless stdout is a terminal', async () => {
    const world = await started()
    const [{ code, out, err }] = await Promise.all([tap([world.server.url, 'particles', '--columns', 'step,chain', '--every', '2', '--rows', '3']), emit(world, sent)])
    expect([code, err]).toEqual([0, ''])
    const rows = out.toString().trim().split('\n').map((line) => JSON.parse(line) as { step: number; chain: number })
    expect(rows.map(({ step }) => step)).toEqual([1, 1, 1, 3, 3, 3, 5, 5, 5])
    expect(new Set(rows.map(({ chain }) => chain)).size).toBe(3)
  })

  test('by its own URL', async () => {
    const world = await started()
    const [{ code, out, err }] = await Promise.all([tap([`${world.server.url}/streams/particles`, '--columns', 'step', '--every', '6', '--rows', '1', '--format', 'csv']), emit(world, sent)])
    expect([code, err]).toEqual([0, ''])
    expect(out.toString()).toBe('step\n1\n')
  })

  test('as Arrow, bytes as they are', async () => {
    const world = await started()
    const run = await runFolder('arrow', { server: world.server.url })
    const [{ code, out }] = await Promise.all([tap([run, 'particles', '--format', 'arrow']), emit(world, sent)])
    expect(code).toBe(0)
    expect(tableFromIPC(out).batches.flatMap(rowsOf)).toEqual(sent.flatMap(rowsOf))
  })

  test('as a table, of ten chains', async () => {
    const world = await started()
    const [{ code, out, err }] = await Promise.all([tap([world.server.url, 'particles', '--format', 'table', '--limit', '2', '--columns', 'step,chain']), emit(world, sent)])
    expect([code, err]).toEqual([0, ''])
    const lines = out.toString().trim().split('\n')
    expect(lines.filter((line) => /^ *\d+ +\d+$/.test(line))).toHaveLength(20)
    expect(lines.filter((line) => /step +chain/.test(line))).not.toEqual([])
  })

  test('with a token, from the environment', async () => {
    const token = '0123456789abcdef'
    const world = await started({ token })
    const [{ out }] = await Promise.all([tap([world.server.url, 'particles', '--format', 'csv', '--limit', '1'], { env: { HEATBATH_TOKEN: token } }), emit(world, sent)])
    expect(out.toString().split('\n')[0]).toBe('step,chain,x,energy')
    const { code, err } = await tap([world.server.url], { env: { HEATBATH_TOKEN: 'wrong' } })
    expect(code).toBe(1)
    expect(err).toMatch(/^heatbath: tap_refused: http:.* refuses: the token is missing or wrong\nhint: .*HEATBATH_TOKEN/)
  })

  test('whose reader leaves ends quietly', async () => {
    const world = await started()
    const reading = tap([world.server.url, 'particles'], { first: true })
    await until(() => clientsOf(world) === 1, 30_000)
    let isOver = false
    void reading.then(() => (isOver = true))
    for (const batch of particles({ chains: 2000, steps: 1000 })) {
      world.batches$.next(batch)
      await new Promise((resolve) => setTimeout(resolve, 1))
      if (isOver) break
    }
    expect(await reading).toMatchObject({ code: 0, err: '' })
    await until(() => clientsOf(world) === 0)
  })

  test.each(['ndjson', 'table'])('that breaks off says so, as %s', async (format) => {
    const encoder = encodeStream(SCHEMA)
    const part = Buffer.concat([...encoder.start(), ...encoder.batch(sent[0] as RecordBatch)])
    const server = http.createServer((request, response) => {
      if (request.url === '/streams') return response.end(JSON.stringify({ run_id: '1', streams: [] }))
      return response.write(format === 'table' ? part.subarray(0, -100) : '{}\n', () => response.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { code, err } = await tap([`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'particles', '--format', format])
    server.close()
    expect([code, err]).toEqual([1, expect.stringContaining('heatbath: tap_cut: the stream particles broke off: ')])
  })

  test('that fails is not taken for one that ends', async () => {
    const world = await started()
    const reading = tap([world.server.url, 'particles'])
    await until(() => clientsOf(world) === 1, 30_000)
    world.batches$.next(sent[0] as RecordBatch)
    world.batches$.error(new Error('broken'))
    const { code, out, err } = await reading
    expect([code, out.toString().split('\n').length, err]).toEqual([1, 21, 'the stream particles failed: the run says why\n'])
  })
})

describe('left by a signal', () => {
  test.each([['SIGINT', 130], ['SIGTERM', 143]] as const)('%s: whole lines, and %i', async (signal, code) => {
    const { ended, world } = await interrupted('ndjson', signal)
    const { code: found, out, err } = await ended
    expect([found, err]).toEqual([code, ''])
    const lines = out.toString().split('\n')
    expect(lines.pop()).toBe('')
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow()
    expect(lines.length).toBeGreaterThan(1000)
    await until(() => clientsOf(world) === 0)
  })

  test('whole batches and the mark of the end, as Arrow', async () => {
    const { code, out } = await (await interrupted('arrow', 'SIGINT')).ended
    expect(code).toBe(130)
    const rows = tableFromIPC(out).batches.flatMap(rowsOf)
    expect(rows.length % 2000).toBe(0)
    for (const { step, chain, x } of rows) expect(x).toBe(xOf(step, chain))
    expect(out.subarray(-8)).toEqual(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))
  })

  /** A tap of a stream that does not end, which gets a signal once it has written something. */
  async function interrupted(format: string, signal: NodeJS.Signals): Promise<{ ended: Promise<Ended>; world: World }> {
    const world = await started()
    const { ended, child, size } = tapChild([world.server.url, 'particles', '--format', format])
    await until(() => clientsOf(world) === 1, 30_000)
    for (const batch of particles({ chains: 2000, steps: 1000 })) {
      world.batches$.next(batch)
      await new Promise((resolve) => setTimeout(resolve, 2))
      if (size() > 500_000) break
    }
    child.kill(signal)
    return { ended, world }
  }
})

describe('without a stream', () => {
  test('lists those there are', async () => {
    const world = await started({ phases: [{ streams: ['particles'] }, { streams: ['late'] }] })
    world.batches$.next(sent[0] as RecordBatch)
    const run = await runFolder('list', { server: world.server.url })
    const { code, out } = await tap([run, '--format', 'table'])
    expect(code).toBe(0)
    expect(out.toString()).toBe([
      'stream     state    rows  batches  clients  columns',
      'particles  running    20        1        0  step, chain, x, energy',
      'late       waiting     0        0        0\n',
    ].join('\n'))
    const lines = (await tap([world.server.url])).out.toString().trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(['particles', 'late'])
  })
})

describe('fails with a word', () => {
  test.each(['completed', 'failed', 'stopped'])('if the run has %s', async (status) => {
    const run = await runFolder(status, { status })
    const { code, err, out } = await tap([run, 'particles'])
    expect([code, out.length]).toEqual([1, 0])
    expect(err).toContain(`heatbath: tap_ended: the run ${run} is not going on: it ${status}\nhint: What it wrote is in ${run}.`)
  })

  test('if the port is that of another run by now', async () => {
    const world = await started({ run_id: 'another' })
    const { code, err } = await tap([await runFolder('other', { server: world.server.url }), 'particles'])
    expect([code, err.split('\n')[0]]).toEqual([1, expect.stringMatching(/tap_ended: .* is not going on: it was killed$/)])
  })

  test('if nothing answers, there is no server, or no run', async () => {
    const { server } = await started()
    await server.close()
    expect(await tap([server.url, 'particles'])).toMatchObject({ code: 1, err: expect.stringContaining(`tap_unreachable: nothing answers at ${server.url}: ECONNREFUSED`) as string })
    expect(await tap([await runFolder('unserved', {}), 'particles'])).toMatchObject({ code: 1, err: expect.stringContaining('tap_unserved') as string })
    expect(await tap(['no-such-run', 'particles'])).toMatchObject({ code: 78, err: expect.stringContaining('run_missing') as string })
  })

  test('if there is no such stream or column', async () => {
    const { server, batches$ } = await started()
    batches$.next(sent[0] as RecordBatch)
    expect((await tap([server.url, 'particle'])).err).toMatch(/tap_refused: .* refuses: there is no stream particle in this run\nhint: Its streams: particles\./)
    expect((await tap([server.url, 'particles', '--columns', 'z'])).err).toMatch(/has no column z\nhint: Its columns: step, chain, x, energy\./)
  })
})
