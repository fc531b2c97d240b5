/** A run that a test moves on: particles that turn around a ring, their health, a training, images. */
import { Field, Float32, Schema, Uint64, type RecordBatch } from 'apache-arrow'
import { Subject } from 'rxjs'
import { onTestFinished } from 'vitest'
import type { ServerOptions } from '../../../src/interfaces/server/index.ts'
import { Meter } from '../../../src/pipelines/meter.ts'
import { float32Column, listColumn, measuredColumn, nullColumn, recordBatch, uint16Column, uint32Column, uint64Column, utf8Column, boolColumn } from '../../../src/streams/arrow/columns.ts'
import { HEALTH, particlesSchema, variableField } from '../../../src/streams/arrow/schemas.ts'
import type { Variable } from '../../../src/models/variables.ts'
import { ring, started, type World } from '../server/world.ts'

const CHAINS = 400

export interface Moving extends World {
  readonly health$: Subject<RecordBatch>
  readonly training$: Subject<RecordBatch>
  /** Steps so far. */
  readonly at: { step: number }
  /** Makes so many steps a second, until the test is over or the run is. */
  move(): void
  stop(): void
}

/** Steps of the pipeline `ring`, with a training beside it. */
export async function moving(options: { [K in keyof ServerOptions]?: ServerOptions[K] | undefined } = {}): Promise<Moving> {
  const meter = new Meter()
  const world = await started({ name: 'ring', pipeline: await ring(meter), ...options } as Partial<ServerOptions>)
  const [health$, training$] = [new Subject<RecordBatch>(), new Subject<RecordBatch>()]
  world.server.watch('health', health$.pipe(meter.counted('health', 1)))
  world.server.watch('training', training$)
  world.server.event({ event: 'phase', phase: 1, phases: 1, streams: ['particles', 'health', 'training'] })
  const at = { step: 0 }
  let timer: NodeJS.Timeout | undefined
  const step = (): void => {
    const now = ++at.step
    world.batches$.next(ringParticles(now))
    training$.next(trainingRow(now))
    if (now % 5 === 0) health$.next(healthRows(now))
    world.server.event({ event: 'progress', stream: 'particles', rows: now * CHAINS, batches: now, rows_per_s: 1000, step: now })
  }
  const stop = (): void => clearInterval(timer)
  onTestFinished(stop)
  return { ...world, health$, training$, at, stop, move: () => void (timer ??= setInterval(step, 40)) }
}

const variables = (of: readonly Variable[]): Schema => particlesSchema(of.map(variableField), {})

function particlesBatch(schema: Schema, step: number, chains: number, own: Parameters<typeof recordBatch>[2]): RecordBatch {
  const floats = (value: number): Float32Array => new Float32Array(chains).fill(value)
  return recordBatch(schema, chains, [
    uint64Column(new BigUint64Array(chains).fill(BigInt(step))), uint32Column(Uint32Array.from({ length: chains }, (_, i) => i)),
    uint16Column(new Uint16Array(chains).fill(Math.min(17, Math.floor(step / 20)))), float32Column(floats(1)), ...own,
    float32Column(floats(3 + 1 / step)), float32Column(floats(2)), nullColumn(boolColumn(new Uint8Array(1)).type, chains), boolColumn(new Uint8Array(chains)),
  ])
}

const RING = variables([{ name: 'x0' }, { name: 'x1' }])

/** Chains on a circle that turns. */
export function ringParticles(step: number, chains = CHAINS): RecordBatch {
  const angle = (i: number): number => (2 * Math.PI * i * 7) / chains + step / 20
  const radius = (i: number): number => 4 + ((i % 11) - 5) / 10
  const coordinate = (of: (angle: number) => number) => float32Column(Float32Array.from({ length: chains }, (_, i) => radius(i) * of(angle(i))))
  return particlesBatch(RING, step, chains, [coordinate(Math.cos), coordinate(Math.sin)])
}

const IMAGES = variables([{ name: 'x', shape: [8, 8] }])

/** Twelve images with a bar that wanders. */
export const imageParticles = (step: number): RecordBatch =>
  particlesBatch(IMAGES, step, 12, [listColumn(Float32Array.from({ length: 12 * 64 }, (_, i) => (i % 8 === (step + Math.floor(i / 64)) % 8 ? 1 : 0)), 64)])

const TRAINING = new Schema([new Field('step', new Uint64(), false), ...['epoch', 'loss', 'gradient_norm', 'learning_rate'].map((name) => new Field(name, new Float32(), false))])

export const trainingRow = (step: number): RecordBatch =>
  recordBatch(TRAINING, 1, [uint64Column(BigUint64Array.of(BigInt(step))), ...[step / 100, 1 / step, 5, 0.001].map((value) => float32Column(Float32Array.of(value)))])

export function healthRows(step: number): RecordBatch {
  const column = (a: number, b: number) => measuredColumn(Float64Array.of(a, b))
  return recordBatch(HEALTH, 2, [
    uint64Column(BigUint64Array.of(BigInt(step), BigInt(step))), utf8Column(['x0', 'x1']), column(0.1, -0.1), column(3, 3), column(NaN, NaN),
    column(1 + 1 / step, 1 + 2 / step), column(10 * step, 9 * step), column(NaN, NaN), column(0.6, 0.6), uint64Column(BigUint64Array.of(0n, 0n)),
  ])
}
