/** What estimate_log_z says of weights that are known. */
import { Float32, Int32, makeData, RecordBatch, Schema, Field, Struct, Uint64, type Data } from 'apache-arrow'
import { from, type Observable } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { float32Column, int32Column, uint64Column } from '../../../src/streams/arrow/columns.ts'
import { estimateLogZ } from '../../../src/streams/operators/estimate-log-z.ts'
import { column, gather } from './sample/particles.ts'

interface Given {
  readonly steps: readonly number[]
  readonly weights: readonly number[]
  readonly ancestors?: readonly number[]
  readonly name?: string
  readonly beta?: number
}

/** A batch of particles by what the operator reads of them. */
function particles({ steps, weights, ancestors, name = 'log_weight', beta = 1 }: Given): RecordBatch {
  const columns: [string, Data][] = [
    ['step', uint64Column(BigUint64Array.from(steps, BigInt))],
    ['beta', float32Column(new Float32Array(steps.length).fill(beta))],
    [name, float32Column(Float32Array.from(weights, Math.log))],
    ...(ancestors === undefined ? [] : [['ancestor', int32Column(Int32Array.from(ancestors))] as [string, Data]]),
  ]
  const types = { step: new Uint64(), ancestor: new Int32() } as Record<string, Uint64 | Int32>
  const schema = new Schema(columns.map(([as]) => new Field(as, types[as] ?? new Float32(), false)))
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: steps.length, nullCount: 0, children: columns.map(([, data]) => data) }))
}

const rowsOf = (stream: Observable<RecordBatch>): Promise<RecordBatch[]> => gather(stream.pipe(estimateLogZ()))

const WEIGHTS = [1, 2, 3, 6] as const // mean 3, Σ w² = 50

describe('estimate_log_z', () => {
  test('gives log of the mean weight, the effective size, and the standard error of the log', async () => {
    const rows = await rowsOf(from([particles({ steps: [5, 5, 5, 5], weights: WEIGHTS })]))
    expect(column(rows, 'step')).toEqual([5])
    expect(column(rows, 'num_chains')).toEqual([4])
    expect(column(rows, 'log_z')[0]).toBeCloseTo(Math.log(3), 6)
    expect(column(rows, 'ess')[0]).toBeCloseTo(144 / 50, 5)
    const deviations = WEIGHTS.map((w) => (w - 3) ** 2).reduce((sum, d) => sum + d, 0)
    expect(column(rows, 'standard_error')[0]).toBeCloseTo(Math.sqrt(deviations) / 4 / 3, 6) // of the mean, over the mean
  })

  test('takes all batches of a step together, and gives a row for each step', async () => {
    const rows = await rowsOf(from([
      particles({ steps: [1, 1], weights: [1, 2], beta: 0.5 }), particles({ steps: [1, 1, 2], weights: [3, 6, 7], beta: 0.5 }), particles({ steps: [2], weights: [9] }),
    ]))
    expect(column(rows, 'step')).toEqual([1, 2])
    expect(column(rows, 'num_chains')).toEqual([4, 2])
    ;[3, 8].forEach((mean, i) => expect(column(rows, 'log_z')[i]).toBeCloseTo(Math.log(mean), 6))
    expect(column(rows, 'beta')[0]).toBe(0.5)
  })

  test('adds up what descends from one ancestor', async () => {
    const [rows, apart] = await Promise.all([[0, 0, 0, 3], undefined].map((ancestors) => rowsOf(from([particles({ steps: [1, 1, 1, 1], weights: [1, 1, 1, 1], ...(ancestors === undefined ? {} : { ancestors }) })]))))
    expect(column(apart as RecordBatch[], 'standard_error')[0]).toBeCloseTo(0, 10)
    expect(column(rows as RecordBatch[], 'standard_error')[0]).toBeCloseTo(Math.sqrt(0.5 ** 2 + 2 * 0.25 ** 2 + 0), 6) // shares 3/4, 0, 0, 1/4
  })

  test('turns round weights in reverse', async () => {
    const rows = await rowsOf(from([particles({ steps: [1, 1], weights: [2, 4], name: 'reverse_log_weight', beta: 0 })]))
    expect(column(rows, 'log_z')[0]).toBeCloseTo(-Math.log((1 / 2 + 1 / 4) / 2), 6)
  })

  test('is null where a weight is not a number, and counts none for weights of 0', async () => {
    expect(column(await rowsOf(from([particles({ steps: [1, 1], weights: [1, NaN] })])), 'log_z')).toEqual([null])
    expect(column(await rowsOf(from([particles({ steps: [1, 1], weights: [2, 0] })])), 'log_z')[0]).toBeCloseTo(0, 6)
  })

  test('says which column is missing, and gives nothing of an empty stream', async () => {
    await expect(rowsOf(from([particles({ steps: [1], weights: [1], name: 'weight' })]))).rejects.toMatchObject({ code: 'data_column', message: expect.stringContaining('log_weight') as unknown })
    expect(await rowsOf(from([]))).toEqual([])
  })
})
