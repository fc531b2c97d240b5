/** What every source promises: the same rows each time, no more than wanted, none while nobody has room. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Float32, Int32, Utf8, type RecordBatch } from 'apache-arrow'
import { defer, Observable, of } from 'rxjs'
import { afterAll, beforeAll, expect } from 'vitest'
import { instantiate } from '../../src/pipelines/instantiate.ts'
import { checkSchema } from '../../src/streams/arrow/same-schema.ts'
import { allOpen, Gate, gatesInForce, through } from '../../src/streams/gates.ts'
import { fromPull } from '../../src/streams/pull.ts'
import { parquet } from '../../src/streams/sinks/parquet.ts'
import type { DeclaredSource, Source, SourceContext } from '../../src/streams/sources/contract.ts'
import { rowsOf } from '../streams/arrow/arbitrary-batches.ts'
import { collected, ints, table } from '../streams/batches.ts'
import { writeAll } from '../streams/sinks/world.ts'
import { writeIdx, writePicture } from '../streams/sources/files.ts'
import { conformance } from './harness.ts'
import { exampleOf } from './examples.ts'

/** The folder of the pipeline: what the examples read lies there. */
const folder = mkdtempSync(path.join(tmpdir(), 'heatbath-conformance-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Files of examples, by name. */
const FILES: Readonly<Record<string, () => Promise<unknown>>> = {
  'flights.parquet': () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => i)
    const flights = table({ delay: [new Int32(), rows.map((i) => (i % 200) - 20)], distance: [new Float32(), rows.map((i) => 100 + i)], origin: [new Utf8(), rows.map((i) => `A${i % 5}`)] })
    return writeAll(parquet({ path: 'flights.parquet' }), flights.schema, [flights], { folder, name: 'flights', origin: {} })
  },
  'fashion-mnist': () => writeIdx(path.join(folder, 'fashion-mnist'), 'train', { shape: [2, 2], images: Uint8Array.from({ length: 4 * 2500 }, (_, i) => i % 251), labels: Uint8Array.from({ length: 2500 }, (_, i) => i % 10) }),
  photos: () => Promise.all(Array.from({ length: 150 }, (_, i) => writePicture(path.join(folder, 'photos', i % 3 === 0 ? '.' : `class-${i % 3}`, `${i}.png`), 2, 2, [i, 2 * i % 256, 3]))),
}
beforeAll(async () => {
  await Promise.all(Object.values(FILES).map((write) => write()))
})

const context: SourceContext = { folder, seed: 1, stream: 'rows' }
const LIMIT = 2500

const rowsIn = async (rows$: Observable<RecordBatch>): Promise<unknown[]> => (await collected(rows$)).flatMap(rowsOf)
const open = (declared: DeclaredSource, changes: Partial<SourceContext> = {}): Source => declared.open({ ...context, limit: LIMIT, ...changes })
const turns = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 30))

const BATCHES = Array.from({ length: 300 }, (_, i) => ints(...Array.from({ length: 10 }, (__, j) => 10 * i + j)))

/** 3000 numbers, changed. */
function twin(change: (source: Source, limit: number) => Partial<Source>): DeclaredSource {
  return {
    open({ limit = Infinity }) {
      const count = Math.min(BATCHES.length, Math.ceil(limit / 10))
      const source: Source = { rows$: fromPull(() => BATCHES.slice(0, count).values()), schema: async () => ints(1).schema, numRows: async () => 10 * count, can_replay: true }
      return { ...source, ...change(source, limit) }
    },
  }
}

conformance<DeclaredSource>({
  kind: 'source',
  subjects: async (unit) => new Map([['example', instantiate<DeclaredSource>((await exampleOf(unit)).part)]]),
  checks: {
    'opens nothing before it is asked': {
      holds(declared) {
        expect(() => declared.open({ ...context, folder: '/no/such/folder' })).not.toThrow()
      },
      twin: () => ({ open: () => { throw new Error('no such folder') } }),
    },
    'has rows, all batches of the schema that it says': {
      async holds(declared) {
        const source = open(declared)
        const [schema, batches] = [await source.schema(), await collected(source.rows$)]
        expect(batches.length).toBeGreaterThan(0)
        for (const batch of batches) expect(() => checkSchema(batch, schema)).not.toThrow()
        expect(batches.every(({ schema: { fields } }) => fields.map(String).join() === schema.fields.map(String).join())).toBe(true)
      },
      twin: () => twin(() => ({ schema: async () => table({ w: [new Int32(), []] }).schema })),
    },
    'replays the same rows, and gives them to who opens it again': {
      async holds(declared) {
        const source = open(declared)
        const rows = await rowsIn(source.rows$)
        if (source.can_replay) expect(await rowsIn(source.rows$)).toEqual(rows)
        expect(await rowsIn(open(declared).rows$)).toEqual(rows)
      },
      twin: () => {
        let subscriptions = 0
        return twin(() => ({ rows$: defer(() => of(ints(++subscriptions))) }))
      },
    },
    'reads no more rows than the limit, and those from the first': {
      async holds(declared) {
        const [most, few] = [await rowsIn(open(declared).rows$), await rowsIn(open(declared, { limit: 7 }).rows$)]
        expect(most.length).toBeLessThanOrEqual(LIMIT)
        expect(few).toEqual(most.slice(0, 7))
      },
      twin: () => twin((_, limit) => ({ rows$: of(ints(...Array.from({ length: limit + 1 }, (__, i) => i))) })),
    },
    'says how many rows there are, where it knows': {
      async holds(declared) {
        const source = open(declared)
        const said = await source.numRows?.()
        if (said !== undefined) expect((await rowsIn(source.rows$)).length).toBe(said)
      },
      twin: () => twin(() => ({ numRows: async () => 1 })),
    },
    'gives nothing while a gate is closed, and goes on when it opens': {
      async holds(declared) {
        const gate = new Gate()
        let count = 0
        const seen = [signal(), signal()] as const
        const subscription = through([gate], () => declared.open(context).rows$.subscribe(() => {
          gate.close() // a queue that is full after each batch
          seen[count++]?.give()
        }))
        await seen[0].given
        await turns()
        expect(count).toBe(1)
        gate.open()
        await seen[1].given
        subscription.unsubscribe()
      },
      twin: () => twin(() => ({ rows$: of(...BATCHES) })),
    },
    'stops when its subscriber leaves': {
      async holds(declared) {
        const gate = new WatchedGate()
        const first = signal()
        const subscription = through([gate], () => declared.open(context).rows$.subscribe(first.give))
        await first.given
        subscription.unsubscribe()
        await turns()
        const { looks } = gate
        await turns()
        expect(gate.looks, 'looks at the gate').toBe(looks)
      },
      twin: () => twin(() => ({ rows$: restless })),
    },
  },
})

/** Something to wait for. */
function signal(): { readonly given: Promise<void>; give(): void } {
  let give = (): void => undefined
  const given = new Promise<void>((resolve) => (give = resolve))
  return { given, give: () => give() }
}

/** Counts how often somebody looks whether it is open: who pulls has to. */
class WatchedGate extends Gate {
  looks = 0

  override get is_open(): boolean {
    this.looks++
    return super.is_open
  }
}

/** Pulls on when nobody is there. */
const restless = new Observable<RecordBatch>((subscriber) => {
  const gates = gatesInForce()
  const pull = async (): Promise<void> => {
    for (let i = 0; i < 500; i++) {
      await allOpen(gates)
      subscriber.next(ints(i))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  void pull()
})
