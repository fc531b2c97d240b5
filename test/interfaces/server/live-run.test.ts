/**
 * A run, and real programs that read it while it goes on: curl, pyarrow over HTTP and Flight, polars,
 * DuckDB. What they have read when it ends is what its Parquet files hold, row for row.
 */
import path from 'node:path'
import { expect, test } from 'vitest'
import { needs } from '../../needs.ts'
import { folderWith, heatbath, summaryOf } from '../cli/command.ts'
import { pythonLines } from './python.ts'

needs('python')

const PIPELINE = `name: wells
seed: 1
streams:
  particles:
    sample:
      energy: { double_well: { dim: 2 } }
      sampler: { langevin: { step_size: 0.01 } }
      chains: 200
      steps: 1000
  health:
    from: particles
    through: [{ diagnose: { every: 100 } }]
outputs:
  - { from: particles, parquet: { path: particles, rows_per_file: 50000, row_group_rows: 7000 } }
  - { from: health, parquet: { path: health.parquet } }
`

/** Each client in a thread of its own; those that begin late begin when the run is well under way. */
const CLIENTS = `
import json, subprocess, sys, threading, time, urllib.request
import duckdb, polars as pl, pyarrow as pa, pyarrow.csv as csv, pyarrow.flight as fl, pyarrow.json as pj, pyarrow.parquet as pq
url, flight, folder = sys.argv[1:]
get = lambda query: urllib.request.urlopen(f'{url}/streams/{query}')
count = lambda: next(s['rows'] for s in json.load(urllib.request.urlopen(url + '/streams'))['streams'] if s['name'] == 'particles')
found, begun = {}, {}
def client(name, read, at_rows):
    def work():
        while count() < at_rows: time.sleep(.01)
        begun[name] = count()
        found[name] = read()
    thread = threading.Thread(target=work)
    thread.start()
    return thread
def over_duckdb():
    reader = pa.ipc.open_stream(get('particles?from=start'))
    connection = duckdb.connect()
    connection.execute('set enable_progress_bar = false')
    return connection.sql('select * from reader').to_arrow_table().cast(reader.schema) # it makes every column nullable
def with_drops(reader):
    batches, dropped = [], []
    while True:
        try: batch, metadata = reader.read_next_batch_with_custom_metadata()
        except StopIteration: return pa.Table.from_batches(batches), dropped
        batches.append(batch)
        told = (metadata or {}).get('heatbath.dropped_batches')
        dropped.append(int(told) if told else dropped[-1] if dropped else 0)
curl = lambda query: subprocess.run(['curl', '-sSN', f'{url}/streams/{query}'], stdout=subprocess.PIPE, check=True).stdout
threads = [client(*c) for c in [
    ('first', lambda: pa.ipc.open_stream(get('particles?from=start')).read_all(), 0),
    ('http', lambda: pa.ipc.open_stream(get('particles?from=start')).read_all(), 60_000),
    ('flight', lambda: fl.connect(flight).do_get(fl.Ticket(b'particles?from=start')).read_all(), 30_000),
    ('polars', lambda: pl.read_ipc_stream(get('particles?from=start')), 90_000),
    ('duckdb', over_duckdb, 45_000),
    ('some', lambda: fl.connect(flight).do_get(fl.Ticket(b'particles?from=start&every=13&rows=17&columns=chain,x0,step')).read_all(), 70_000),
    ('latest', lambda: with_drops(pa.ipc.open_stream(get('particles'))), 50_000),
    ('csv', lambda: csv.read_csv(pa.BufferReader(curl('particles?from=start&format=csv&columns=step,chain,x0,energy'))), 40_000),
    ('ndjson', lambda: pj.read_json(pa.BufferReader(curl('particles?from=start&format=ndjson&columns=step,chain,x0,energy')), read_options=pj.ReadOptions(block_size=1 << 26)), 80_000),
    ('health', lambda: pa.ipc.open_stream(get('health?from=start')).read_all(), 20_000),
]]
print(json.dumps({'ready': True}), flush=True)
for thread in threads: thread.join()
whole, health = pq.read_table(folder + '/particles'), pq.read_table(folder + '/health.parquet')
four = whole.select(['step', 'chain', 'x0', 'energy'])
same = lambda table: all(
    table[name].cast(pa.float32() if pa.types.is_floating(field.type) else pa.int64()).combine_chunks().equals(four[name].cast(pa.float32() if pa.types.is_floating(field.type) else pa.int64()).combine_chunks())
    for name, field in zip(four.schema.names, four.schema)) and table.num_rows == whole.num_rows
steps = whole['step'].to_pylist()
chosen = sorted(set(found['some']['chain'].to_pylist()))
expected = whole.filter(pa.array([(step - 1) % 13 == 0 and chain in chosen for step, chain in zip(steps, whole['chain'].to_pylist())])).select(['chain', 'x0', 'step'])
latest, dropped = found['latest'] # it may be too slow, and is told so
seen = set(latest['step'].to_pylist())
of_those = whole.filter(pa.array([step in seen for step in steps]))
missed = max(steps) - min(seen) + 1 - len(seen)
print(json.dumps({
    'rows': whole.num_rows, 'midway': all(0 < begun[name] < whole.num_rows for name in begun if name != 'first'),
    **{name: found[name].equals(whole) for name in ('first', 'http', 'flight', 'duckdb')},
    'polars': found['polars'].equals(pl.from_arrow(whole)),
    'some': [len(chosen), found['some'].equals(expected)],
    'latest': [latest.equals(of_those), max(seen) == max(steps), min(seen) > 1, missed - (dropped[-1] - dropped[0])],
    'csv': same(found['csv']), 'ndjson': same(found['ndjson']), 'health': found['health'].equals(health), 'health_rows': health.num_rows,
}), flush=True)
`

test('what they have read is what the run has written', async () => {
  const cwd = folderWith({ 'a.yaml': PIPELINE })
  const folder = path.join(cwd, 'runs/wells/one')
  let clients: ReturnType<typeof pythonLines> | undefined
  const ended = await heatbath(['run', 'a.yaml', '--port', '0', '--flight-port', '0', '--run-id', 'one'], {
    cwd,
    onStderr(text) {
      const [, url, flight] = /watch it at (\S+), Flight at (\S+)\n/.exec(text) ?? []
      if (url !== undefined && flight !== undefined) clients ??= pythonLines(CLIENTS, url, flight, folder)
    },
  })
  expect([ended.code, summaryOf(ended).streams.particles?.rows]).toEqual([0, 200_000])
  expect(await clients?.exit).toBe(0)
  expect(clients?.lines.at(-1)).toEqual({
    rows: 200_000, midway: true, first: true, http: true, flight: true, duckdb: true, polars: true, some: [17, true], latest: [true, true, true, 0], csv: true, ndjson: true, health: true, health_rows: 20,
  })
}, 240_000)
