/** What every operator promises: it subscribes, ends and leaves as RxJS operators do, and holds no gate for ever. */
import type { RecordBatch } from 'apache-arrow'
import { concat, defer, EMPTY, map, NEVER, Observable, of, startWith, take, throwError, throwIfEmpty, type OperatorFunction } from 'rxjs'
import { expect } from 'vitest'
import type { PipelineDeclaration } from '../../src/pipelines/declaration.ts'
import { instantiate } from '../../src/pipelines/instantiate.ts'
import { checkSchema } from '../../src/streams/arrow/same-schema.ts'
import { Gate, through } from '../../src/streams/gates.ts'
import type { Model } from '../../src/streams/model.ts'
import type { Operator, OperatorContext } from '../../src/streams/operators/contract.ts'
import { fromPull } from '../../src/streams/pull.ts'
import { drain } from '../../src/streams/sinks/drain.ts'
import { needs } from '../needs.ts'
import { rowsOf } from '../streams/arrow/arbitrary-batches.ts'
import { ints } from '../streams/batches.ts'
import { conformance } from './harness.ts'
import { exampleOf } from './examples.ts'
import { executor } from './programs.ts'
import { batchesOf, logged, modelOf, newLog, turns, watch, type Log, type Seen } from './streams.ts'

needs('tensorflow')

type Piped = OperatorFunction<RecordBatch, RecordBatch>

interface Subject {
  /** The operator, with those that it needs before it; anew each time, since models change. */
  build(): Piped
  /** The other streams that it reads. */
  readonly others: Log
  /** How long it may be silent before it counts as hanging. */
  readonly patience_ms: number
}

const BATCHES = batchesOf(30, 16)
const EPOCH_ROWS = BATCHES.length * 16

/** What a pipeline gives to the operators of one stream. */
function contextOf({ models: declared }: PipelineDeclaration, others: Log): OperatorContext {
  const models = new Map([...declared].map(([name, one]) => [name, modelOf(name, 'made' in one ? one.made : {})]))
  const model = (name: string): Model => models.get(name) as Model
  return {
    seed: 1, stream: 'rows', site: 'rows', executor, stop: new AbortController().signal, rows: EPOCH_ROWS, model,
    from: () => logged(others, of(...BATCHES)),
  }
}

/** A stream through an operator: `of(...)` takes the source at once, `fromPull` at its own pace. */
const run = ({ build, patience_ms }: Subject, source: Observable<RecordBatch>): Promise<Seen> => watch(source.pipe(build()), patience_ms)

/** A twin is given by its operator; it may hang for a moment. */
const twin = (operator: Piped): Subject => ({ build: () => operator, others: newLog(), patience_ms: 300 })

/** Passes all on, and never leaves its source. */
const clinging: Piped = (source) => new Observable((subscriber) => {
  source.subscribe({ next: (batch) => subscriber.next(batch), error: (error: unknown) => subscriber.error(error), complete: () => subscriber.complete() })
})

/** Many small batches, more than any queue takes. */
const MANY = batchesOf(600, 1)
const ENDLESS = 20_000

conformance<Subject>({
  kind: 'operator',
  waivers: [
    { unit: 'validate', check: 'of a source without rows completes', reason: 'without held-out rows there is nothing to validate with: data_empty' },
  ],
  async subjects(unit) {
    const { part, before, pipeline } = await exampleOf(unit)
    const others = newLog()
    const build = (): Piped => {
      const context = contextOf(pipeline, others)
      const operators = [...before, part].map((one) => instantiate<Operator>(one).build(context))
      return (source) => operators.reduce((stream$, operator) => stream$.pipe(operator), source)
    }
    return new Map([['example', { build, others, patience_ms: 45_000 }]])
  },
  checks: {
    'subscribes when it is subscribed, not before': {
      holds({ build, others }) {
        const log = newLog()
        logged(log, NEVER).pipe(build())
        expect([log, others.active]).toEqual([newLog(), 0])
      },
      twin: () => twin((source) => {
        source.subscribe()
        return source
      }),
    },
    'waits for a source that never comes, and leaves it': {
      async holds({ build, others }) {
        const [log, seen] = [newLog(), [] as string[]]
        const subscription = logged(log, NEVER).pipe(build()).subscribe({ next: () => seen.push('next'), complete: () => seen.push('complete'), error: () => seen.push('error') })
        await turns()
        expect([seen, log]).toEqual([[], { subscriptions: 1, active: 1 }])
        subscription.unsubscribe()
        await turns()
        expect([log.active, others.active]).toEqual([0, 0])
      },
      twin: () => twin(startWith(ints(1))),
    },
    'of a source without rows completes': {
      async holds(subject) {
        expect(await run(subject, EMPTY)).toMatchObject({ end: 'complete' })
      },
      twin: () => twin(throwIfEmpty()),
    },
    'emits batches of one schema, and completes': {
      async holds(subject) {
        const { batches, end } = await run(subject, fromPull(() => BATCHES.values()))
        expect([end, batches.length > 0]).toEqual(['complete', true])
        const [first] = batches
        for (const batch of batches) expect(() => checkSchema(batch, (first as RecordBatch).schema)).not.toThrow()
      },
      twin: () => twin(map((batch, i) => (i === 3 ? ints(1) : batch))),
    },
    'gives the same rows for the same rows': {
      async holds(subject) {
        const [one, again] = [await run(subject, fromPull(() => BATCHES.values())), await run(subject, fromPull(() => BATCHES.values()))]
        expect(again.batches.flatMap(rowsOf)).toEqual(one.batches.flatMap(rowsOf))
      },
      twin: () => {
        let calls = 0
        return twin((source) => defer(() => source.pipe(take(++calls))))
      },
    },
    'gives the same rows of a source that emits all at once': {
      async holds(subject) {
        const [paced, at_once] = [await run(subject, fromPull(() => BATCHES.values())), await run(subject, of(...BATCHES))]
        expect(at_once.end).toBe('complete')
        expect(at_once.batches.flatMap(rowsOf)).toEqual(paced.batches.flatMap(rowsOf))
      },
      twin: () => twin((source) => new Observable((subscriber) => {
        let is_subscribing = true
        const subscription = source.subscribe({ next: (batch) => (is_subscribing ? undefined : subscriber.next(batch)), complete: () => subscriber.complete() })
        is_subscribing = false
        return subscription
      })),
    },
    'changes neither what it was given nor what it gave': {
      async holds({ build }) {
        const given = batchesOf(30, 16)
        const emitted: { readonly batch: RecordBatch; readonly rows: unknown[] }[] = []
        await new Promise<void>((resolve, reject) => of(...given).pipe(build()).subscribe({ next: (batch) => emitted.push({ batch, rows: rowsOf(batch) }), error: reject, complete: resolve }))
        expect(given.map(rowsOf)).toEqual(BATCHES.map(rowsOf))
        expect(emitted.map(({ batch }) => rowsOf(batch))).toEqual(emitted.map(({ rows }) => rows))
      },
      twin: () => twin(map((batch) => {
        (batch.getChild('x0')?.data[0]?.values as Float32Array).fill(0)
        return batch
      })),
    },
    'passes the error of its source on, and leaves it': {
      async holds(subject) {
        const [log, error] = [newLog(), new Error('the source')]
        const seen = await run(subject, logged(log, concat(of(...BATCHES.slice(0, 5)), throwError(() => error))))
        expect(seen.end).toBe('error')
        expect(seen.error).toBe(error)
        expect([log, subject.others.active]).toEqual([{ subscriptions: 1, active: 0 }, 0])
      },
      twin: () => twin((source) => new Observable((subscriber) => source.subscribe({ next: (batch) => subscriber.next(batch), error: () => subscriber.complete() }))),
    },
    'leaves its source when its subscriber leaves in the middle': {
      async holds({ build, others }) {
        const log = newLog()
        const subscription = logged(log, concat(of(...BATCHES), NEVER)).pipe(build()).subscribe()
        await turns()
        subscription.unsubscribe()
        await turns()
        expect([log.active, others.active]).toEqual([0, 0])
      },
      twin: () => twin(clinging),
    },
    'takes nothing more of its source once its subscriber has enough': {
      async holds({ build }) {
        let [taken, at_first] = [0, 0]
        const source = new Observable<RecordBatch>((subscriber) => {
          for (const batch of MANY) {
            if (subscriber.closed) return
            taken++
            subscriber.next(batch)
          }
          subscriber.complete()
        })
        await new Promise<void>((resolve, reject) => source.pipe(build(), take(1)).subscribe({ next: () => (at_first = taken), error: reject, complete: resolve }))
        await turns()
        expect(at_first).toBeGreaterThan(0)
        expect(taken).toBe(at_first)
      },
      twin: () => twin(clinging),
    },
    'asks for no more than there is room for': {
      async holds({ build }) {
        const gate = new Gate()
        gate.close()
        let pulled = 0
        const source = fromPull(function* () {
          for (const batch = MANY[0] as RecordBatch; pulled < ENDLESS; pulled++) yield batch
        })
        const subscription = through([gate], () => source.pipe(build()).subscribe())
        for (let before = -1; before !== pulled;) {
          before = pulled
          await turns(100)
        }
        subscription.unsubscribe()
        gate.open()
        expect(pulled).toBeLessThan(ENDLESS / 4)
      },
      twin: () => twin((source) => new Observable((subscriber) => through([], () => source.subscribe(subscriber)))),
    },
    'lets the source go on whenever there is room again': {
      async holds(subject) {
        const free = await run(subject, of(...MANY))
        const gated = await drained(fromPull(() => MANY.values()).pipe(subject.build()), subject.patience_ms)
        expect(gated.length, 'rows before it hangs').toBe(free.batches.flatMap(rowsOf).length)
        expect(gated).toEqual(free.batches.flatMap(rowsOf))
      },
      twin: () => twin((source) => new Observable((subscriber) => {
        const own = new Gate()
        return through([own], () => source.subscribe({
          next: (batch) => {
            own.close() // and never opens it
            subscriber.next(batch)
          },
          complete: () => subscriber.complete(),
        }))
      })),
    },
  },
})

/** All rows of a stream, through a queue that takes one batch at a time; or those that came before it was silent for too long. */
async function drained(stream$: Observable<RecordBatch>, patience_ms: number): Promise<unknown[]> {
  const rows: unknown[] = []
  const silence = new AbortController()
  const wait = (): NodeJS.Timeout => setTimeout(() => silence.abort(), patience_ms)
  let timer = wait()
  const writer = {
    async write(batch: RecordBatch) {
      clearTimeout(timer)
      timer = wait()
      rows.push(...rowsOf(batch))
    },
    commit: async () => ({}),
    abort: async () => undefined,
  }
  const end = drain(stream$, { takes: 'stream', open: async () => writer }, { folder: '', name: 'rows', origin: {} }, { capacity: 1, signal: silence.signal })
  await end.catch((error: unknown) => {
    if (!silence.signal.aborted) throw error
  })
  clearTimeout(timer)
  return rows
}
