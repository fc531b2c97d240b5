/** Streams that are watched: what operators and sinks are tried on. */
import { Bool, Field, Float32, Schema, Uint16, Uint32, Uint64, type RecordBatch } from 'apache-arrow'
import { Observable } from 'rxjs'
import type { Net } from '../../src/models/nets/contract.ts'
import { mlp } from '../../src/models/nets/mlp.ts'
import { geometric } from '../../src/models/noise/geometric.ts'
import { none } from '../../src/models/preconditioning/none.ts'
import type { ModelSpec, Output } from '../../src/models/model.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { boolColumn, float32Column, listColumn, nullColumn, recordBatch, uint32Column, uint64Column } from '../../src/streams/arrow/columns.ts'
import { variableField } from '../../src/streams/arrow/schemas.ts'
import { values } from '../../src/streams/encodings/values.ts'
import { Model } from '../../src/streams/model.ts'
import type { Declared } from '../../src/unit.ts'

/** Particles of two variables and an image of two pixels, with weights: rows, coordinates, steps and images at once. */
export const SCHEMA = new Schema([
  new Field('step', new Uint64(), false), new Field('chain', new Uint32(), false), new Field('level', new Uint16(), true), new Field('temperature', new Float32(), false),
  ...[{ name: 'x0' }, { name: 'x1' }, { name: 'x', shape: [1, 2] }].map(variableField),
  new Field('energy', new Float32(), true), new Field('score_norm', new Float32(), true), new Field('is_accepted', new Bool(), true), new Field('is_divergent', new Bool(), false),
  new Field('beta', new Float32(), false), new Field('log_weight', new Float32(), false),
])

/** A batch for each step, the same numbers each time. */
export function batchOf(step: number, rows = 64): RecordBatch {
  const numbers = (factor: number, size = 1): Float32Array => Float32Array.from({ length: rows * size }, (_, i) => 0.5 + 0.5 * Math.sin(factor * (1 + i + 1000 * step)))
  return recordBatch(SCHEMA, rows, [
    uint64Column(new BigUint64Array(rows).fill(BigInt(step))), uint32Column(Uint32Array.from({ length: rows }, (_, i) => i)), nullColumn(new Uint16(), rows), float32Column(new Float32Array(rows).fill(1)),
    float32Column(numbers(1)), float32Column(numbers(2)), listColumn(numbers(3, 2), 2),
    float32Column(numbers(4)), float32Column(numbers(5)), boolColumn(Uint8Array.from({ length: rows }, (_, i) => i % 2)), boolColumn(new Uint8Array(rows)),
    float32Column(numbers(6)), float32Column(numbers(7)),
  ])
}

export const batchesOf = (count: number, rows = 64): RecordBatch[] => Array.from({ length: count }, (_, i) => batchOf(i + 1, rows))

const NET = mlp({ width: 8, layers: 1 }) as Declared<Net>
const NOISE = geometric({ largest: 2, smallest: 0.1, levels: 4 })
const SPECS = new Map<string, ModelSpec>()

/** A small model of the column x, a score of noised data unless told otherwise; models of a kind share their programs. */
export function modelOf(name: string, { output = 'score', noise }: { readonly output?: Output; readonly noise?: unknown } = { noise: NOISE }): Model {
  const kind = `${output} ${noise !== undefined}`
  const spec = SPECS.get(kind) ?? { dim: 2, variables: defaultVariables(2), output, net: NET, ...(noise === undefined ? {} : { noise: NOISE }), preconditioning: none({}) }
  SPECS.set(kind, spec)
  const encoding = values({ columns: ['x'] })
  return Model.create(name, spec, 1, { data: { dim: 2, mean: 0.5, sd: 0.35, largest_distance: 1.5 }, encoding: encoding.fit(SCHEMA, []) })
}

/** Who is subscribed to a stream. */
export interface Log {
  subscriptions: number
  /** Those that are there now. */
  active: number
}

export const newLog = (): Log => ({ subscriptions: 0, active: 0 })

export const logged = <T>(log: Log, source: Observable<T>): Observable<T> => new Observable((subscriber) => {
  log.subscriptions++
  log.active++
  subscriber.add(() => log.active--)
  return source.subscribe(subscriber)
})

/** What a stream has emitted, and how it ended. */
export interface Seen {
  readonly batches: RecordBatch[]
  end: 'complete' | 'error' | undefined
  error: unknown
}

/** Subscribes, and resolves when the stream has ended, or when nothing came for so long. */
export function watch(stream$: Observable<RecordBatch>, patience_ms: number): Promise<Seen> {
  const seen: Seen = { batches: [], end: undefined, error: undefined }
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    const done = (): void => {
      clearTimeout(timer)
      resolve(seen)
    }
    const wait = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        subscription.unsubscribe()
        done()
      }, patience_ms)
    }
    const ends = (end: 'complete' | 'error', error?: unknown): void => {
      Object.assign(seen, { end, error })
      done()
    }
    wait()
    const subscription = stream$.subscribe({
      next: (batch) => {
        seen.batches.push(batch)
        wait()
      },
      error: (error: unknown) => ends('error', error),
      complete: () => ends('complete'),
    })
  })
}

/** Time for what is under way. */
export const turns = (ms = 30): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
