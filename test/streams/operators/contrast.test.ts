/** Where the chains of the negative phase begin: seen in chains that hardly move. */
import type { RecordBatch } from 'apache-arrow'
import { afterAll, describe, expect, test } from 'vitest'
import { inlineExecutor } from '../../../src/engine/index.ts'
import { mlp } from '../../../src/models/nets/mlp.ts'
import { none } from '../../../src/models/preconditioning/none.ts'
import { langevin } from '../../../src/models/samplers/langevin.ts'
import { uniformStart } from '../../../src/models/starts/uniform.ts'
import { defaultVariables } from '../../../src/models/variables.ts'
import { Model } from '../../../src/streams/model.ts'
import { contrast, type ContrastOptions } from '../../../src/streams/operators/contrast.ts'
import { needs } from '../../needs.ts'
import { distributionP, expectAgreement, expectRejection, seed } from '../../statistics/checks.ts'
import { normalCdf } from '../../statistics/probability.ts'
import { gather, gaussianRows } from './numeric/training.ts'

needs('tensorflow')

const executor = inlineExecutor()
afterAll(() => executor.close())

const [STILL, BATCHES, ROWS] = [1e-14, 3, 256] as const

interface Contrasted {
  readonly x: readonly Float32Array[]
  readonly negatives: readonly Float32Array[]
}

async function contrasted(options: ContrastOptions, step_size: number = STILL): Promise<Contrasted> {
  const model = Model.create('m', { dim: 2, variables: defaultVariables(2), output: 'energy', net: mlp({ width: 8 }), preconditioning: none({}) })
  const batches = await gather(gaussianRows({ batches: BATCHES, rows: ROWS, mean: [3, 3], seed: 2 }).pipe(contrast(model, langevin({ step_size }), { steps: 2, seed: seed(4), executor, ...options })))
  const column = (name: string) => batches.map((batch: RecordBatch) => Float32Array.from([...(batch.getChild(name) ?? []) as Iterable<Iterable<number>>].flatMap((row) => [...row])))
  return { x: column('x'), negatives: column('negatives') }
}

const all = (arrays: readonly Float32Array[]): Float32Array => Float32Array.from(arrays.flatMap((array) => [...array]))

/** Of numbers on [2, 6]. */
const uniformP = (arrays: readonly Float32Array[]): number => distributionP(all(arrays), (value) => Math.min(1, Math.max(0, (value - 2) / 4)))

const start = uniformStart({ low: 2, high: 6 })

describe('chains begin', () => {
  test('at the rows', async () => {
    const { x, negatives } = await contrasted({})
    all(negatives).forEach((value, i) => expect(value).toBeCloseTo(all(x)[i] as number, 5))
    expectRejection('the start', uniformP(negatives))
  })

  test('at the start where one is given, anew for each batch', async () => {
    const { x, negatives } = await contrasted({ start })
    expectAgreement('the start', uniformP(negatives))
    expectRejection('the start, of rows', uniformP(x))
    expect(new Set(negatives.map((batch) => batch[0])).size).toBe(BATCHES)
  })

  test('in a buffer at the start, then where earlier ones ended', async () => {
    const [first, ...later] = (await contrasted({ start, buffer: { rows: ROWS, restart_rate: 0 } })).negatives as [Float32Array, ...Float32Array[]]
    expectAgreement('the start', uniformP([first]))
    expect(later).toHaveLength(BATCHES - 1)
    for (const batch of later) batch.forEach((value, i) => expect(value).toBeCloseTo(first[i] as number, 5))
  })
})

test('fields of a buffer that are left out have their defaults', async () => {
  const [short, long] = [await contrasted({ start, buffer: { rows: ROWS } }), await contrasted({ start, buffer: { rows: ROWS, restart_rate: 0.05 } })]
  expect(short).toEqual(long)
})

test('rows get noise where it is asked for, and chains that begin at them as well', async () => {
  const [plain, noisy] = [await contrasted({}), await contrasted({ data_noise: 0.5 })]
  const added = all(noisy.x).map((value, i) => (value - (all(plain.x)[i] as number)) / 0.5)
  expectAgreement('noise', distributionP(added, normalCdf))
  all(noisy.negatives).forEach((value, i) => expect(value).toBeCloseTo(all(noisy.x)[i] as number, 5))
})
