/** `serve`: a run that is over, shown from its files; and the options that it shares with `run`. */
import type { ChildProcess } from 'node:child_process'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Manifest } from '../../../src/pipelines/run-folder.ts'
import { needs } from '../../needs.ts'
import { selfSigned } from '../server/certificate.ts'
import { python } from '../server/python.ts'
import { folderWith, heatbath, wells } from './command.ts'

const PIPELINE = `${wells(60)}  - { from: particles, parquet: { path: parts, rows_per_file: 2500, row_group_rows: 700 } }
`

/** A run that is over. */
async function finished(pipeline = PIPELINE): Promise<{ cwd: string; folder: string }> {
  const cwd = folderWith({ 'a.yaml': pipeline })
  const { code, stderr } = await heatbath(['run', 'a.yaml', '--no-serve', '--quiet', '--run-id', 'one'], { cwd })
  expect([code, stderr]).toEqual([0, ''])
  return { cwd, folder: path.join(cwd, 'runs/wells/one') }
}

interface Serving { readonly url: string; readonly flight: string; readonly child: ChildProcess; readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }> }

/** `serve`, once it says where. */
function serving(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<Serving> {
  return new Promise((resolve, reject) => {
    let child: ChildProcess | undefined
    const ended = heatbath(['serve', ...args, '--port', '0'], { cwd, env, onStderr: (text, running) => {
      child = running
      const [, url, flight = ''] = /at (https?:\/\/\S+?)(?: and (grpc\S+?))?; Ctrl-C/.exec(text) ?? []
      if (url !== undefined) resolve({ url, flight, child, ended })
    } })
    onTestFinished(() => void child?.kill('SIGKILL'))
    void ended.then(({ code, stderr }) => reject(new Error(`it ended with ${code}: ${stderr}`)))
  })
}

/** Edits the manifest of a run. */
function edit(folder: string, change: object): void {
  const file = path.join(folder, 'manifest.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')) as object, ...change }))
}

describe('a run that is over', () => {
  test('is shown as it was: its streams, what it told, its health; until a signal', async () => {
    const { cwd, folder } = await finished()
    const { url, child, ended } = await serving(cwd, ['wells'])
    const whole = tableFromIPC(readFileSync(path.join(folder, 'particles.arrows')))
    const { streams, run_id } = await (await fetch(`${url}/streams`)).json() as { streams: object[]; run_id: string }
    expect(run_id).toBe('one')
    expect(streams).toMatchObject([{ name: 'particles', state: 'ended', rows: 6000, batches: 60, is_recorded: true, clients: 0 }])
    const table = tableFromIPC(await fetch(`${url}/streams/particles?from=start`))
    expect((await table).toArray().map(String)).toEqual(whole.toArray().map(String))
    const latest = await (await fetch(`${url}/streams/particles?format=csv&columns=step,chain`)).text()
    expect(latest.split('\n').slice(0, 3)).toEqual(['step,chain', '60,0', '60,1'])
    const some = await (await fetch(`${url}/streams/particles?format=ndjson&from=start&every=20&rows=2&columns=step`)).text()
    expect(some.trim().split('\n')).toEqual([1, 1, 21, 21, 41, 41].map((step) => `{"step":${step}}`))
    const events = await (await fetch(`${url}/events`)).text()
    expect(events.match(/^event: .*$/gm)).toEqual(['event: phase', 'event: progress', 'event: written', 'event: written', 'event: end'])
    expect((await fetch(`${url}/ready`)).status).toBe(200)
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('heatbath_rows_total{stream="particles"} 6000')
    const tapped = await heatbath(['tap', url, 'particles', '--from', 'start', '--format', 'csv'], { cwd })
    expect([tapped.code, tapped.stdout.split('\n').length]).toEqual([0, 6002])
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0, stdout: '' })
  })

  test('leaves its folder as it was', async () => {
    const { cwd, folder } = await finished()
    const before = readFileSync(path.join(folder, 'manifest.json'))
    const { url, child, ended } = await serving(cwd, [folder])
    await (await fetch(`${url}/streams/particles?from=start`)).arrayBuffer()
    child.kill('SIGINT')
    expect((await ended).code).toBe(0)
    expect(readFileSync(path.join(folder, 'manifest.json')).equals(before)).toBe(true)
  })

  describe('to Python', () => {
    needs('python')

    test('over HTTP and Flight: row for row what its Parquet files have', async () => {
      const { cwd, folder } = await finished()
      const { url, flight } = await serving(cwd, ['wells/one', '--flight-port', '0'])
      expect(await python(`
import json, sys, urllib.request
import duckdb, polars as pl, pyarrow as pa, pyarrow.flight as fl, pyarrow.parquet as pq
url, flight, folder = sys.argv[1:]
whole = pq.read_table(folder)
stream = lambda: urllib.request.urlopen(url + '/streams/particles?from=start')
http = pa.ipc.open_stream(stream()).read_all()
over_flight = fl.connect(flight).do_get(fl.Ticket(b'particles?from=start')).read_all()
polars = pl.read_ipc_stream(stream())
reader = pa.ipc.open_stream(stream())
count, energy = duckdb.sql('select count(*), sum(energy) from reader').fetchall()[0]
print(json.dumps({
    'http': http.equals(whole), 'flight': over_flight.equals(whole), 'polars': polars.equals(pl.from_arrow(whole)), 'schema': http.schema.equals(whole.schema),
    'duckdb': [count, abs(energy - sum(whole['energy'].to_pylist())) < 1e-6 * count], 'rows': whole.num_rows,
}))
`, url, flight, path.join(folder, 'parts'))).toEqual({ http: true, flight: true, polars: true, schema: true, duckdb: [6000, true], rows: 6000 })
    })
  })
})

test('a run is shown by what can be read of it, whatever pictures it drew of the same stream', async () => {
  const { cwd, folder } = await finished()
  edit(folder, { outputs: [{ of: 'particles', sink: 'plot', path: 'a.png' }, { of: 'particles', sink: 'image_grid', path: 'b.png' }, { of: 'particles', sink: 'parquet', path: 'parts' }] satisfies Manifest['outputs'] })
  const { url, child, ended } = await serving(cwd, ['wells'])
  expect(await (await fetch(`${url}/streams`)).json()).toMatchObject({ streams: [{ name: 'particles', rows: 6000, is_recorded: true }] })
  child.kill('SIGTERM')
  await ended
  edit(folder, { outputs: [{ of: 'particles', sink: 'plot', path: 'a.png' }] satisfies Manifest['outputs'] })
  expect(await heatbath(['serve', 'wells'], { cwd })).toEqual({ code: 78, stdout: '', stderr: expect.stringMatching(/^heatbath: serve_empty: /) })
})

describe('cannot be shown', () => {
  test('a run that goes on, one that wrote nothing that can be read, one whose files are broken, none', async () => {
    const { cwd, folder } = await finished()
    edit(folder, { status: 'running', process_id: process.pid, server: 'http://127.0.0.1:1' })
    expect(await heatbath(['serve', 'wells'], { cwd })).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^heatbath: serve_running: the run wells goes on, with http:\/\/127\.0\.0\.1:1\n/) })
    edit(folder, { status: 'completed', outputs: [] })
    expect(await heatbath(['serve', 'wells'], { cwd })).toEqual({ code: 78, stdout: '', stderr: expect.stringMatching(/^heatbath: serve_empty: /) })
    edit(folder, { outputs: [{ of: 'particles', sink: 'parquet', path: '../../../../etc' }] satisfies Manifest['outputs'] })
    expect(await heatbath(['serve', 'wells'], { cwd })).toEqual({ code: 78, stdout: '', stderr: expect.stringMatching(/^heatbath: sink_path: /) })
    edit(folder, { outputs: [{ of: 'particles', sink: 'parquet', path: 'parts' }] satisfies Manifest['outputs'] })
    truncateSync(path.join(folder, 'parts/part-00001.parquet'), 500)
    expect(await heatbath(['serve', 'wells'], { cwd })).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^heatbath: source_corrupt: part-00001\.parquet /) })
    expect(await heatbath(['serve', 'nothing'], { cwd })).toEqual({ code: 78, stdout: '', stderr: expect.stringMatching(/^heatbath: run_missing: /) })
  })
})

describe('to others than this machine', () => {
  test.each([
    [['--host', '0.0.0.0'], {}, 78, 'server_token_missing'],
    [['--host', '0.0.0.0'], { HEATBATH_TOKEN: 'short' }, 78, 'server_token_missing'],
    [['--tls-cert', 'a.yaml'], {}, 78, 'server_tls_invalid: .* one is given without the other'],
    [['--tls-cert', 'a.yaml', '--tls-key', 'a.yaml'], {}, 78, 'server_tls_invalid'],
    [['--tls-cert', 'none.pem', '--tls-key', 'none.pem'], {}, 78, 'server_tls_invalid: .* none.pem cannot be read: ENOENT'],
    [['--allow-origin', '*'], {}, 78, 'server_origin_invalid'],
    [['--flight-port', '70000'], {}, 78, 'command_invalid'],
    [['--no-serve', '--flight-port', '0'], {}, 78, 'command_invalid'],
  ])('run %j %j ends with %i', async (args, env, code, problem) => {
    const cwd = folderWith({ 'a.yaml': wells(1) })
    const ended = await heatbath(['run', 'a.yaml', ...args], { cwd, env: { HEATBATH_TOKEN: undefined, ...env } })
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(new RegExp(`^heatbath: ${problem}`, 'm'))])
  })

  describe('with a certificate', () => {
    needs('openssl')

    test('HTTPS with a token, which `tap` brings', async () => {
      const { cwd } = await finished()
      const { cert, cert_file, key_file } = selfSigned()
      const HEATBATH_TOKEN = '0123456789abcdef'
      const { url } = await serving(cwd, ['wells', '--host', '0.0.0.0', '--tls-cert', cert_file, '--tls-key', key_file, '--allow-origin', 'https://lab.example'], { HEATBATH_TOKEN })
      expect(url).toMatch(/^https:\/\/127\.0\.0\.1:/)
      const status = await new Promise((resolve) => https.get(`${url}/streams`, { ca: cert, headers: { origin: 'https://lab.example' } }, (response) => resolve([response.statusCode, response.headers['access-control-allow-origin']])))
      expect(status).toEqual([401, 'https://lab.example'])
      const tap = (env: Record<string, string>): Promise<{ code: number | null; stdout: string }> => heatbath(['tap', url, 'particles', '--format', 'csv', '--columns', 'step'], { cwd, env })
      expect(await tap({ HEATBATH_TOKEN, NODE_EXTRA_CA_CERTS: cert_file })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^step\n60\n/) as string })
      expect(await tap({ HEATBATH_TOKEN })).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('tap_unreachable') as string })
      expect(await tap({ HEATBATH_TOKEN: 'fedcba9876543210', NODE_EXTRA_CA_CERTS: cert_file })).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('tap_refused') as string })
    })
  })
})
