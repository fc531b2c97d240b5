/** What a model makes of classes: none known, a class each, and guided towards it. */
import { describe, expect, test } from 'vitest'
import { float32, int32, type HostArray } from '../../src/engine/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import { byTurns } from '../../src/models/classes.ts'
import { modelFunctions, modelTarget, type ModelSpec, type Output } from '../../src/models/model.ts'
import type { Net } from '../../src/models/nets/contract.ts'
import { residualMlp } from '../../src/models/nets/residual-mlp.ts'
import { none } from '../../src/models/preconditioning/none.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { Model } from '../../src/streams/model.ts'
import type { Declared } from '../../src/unit.ts'
import { compiled } from '../engine/both.ts'
import { needs } from '../needs.ts'

needs('tensorflow')

const MEANS = [-3, 1, 5]

/** s(x | k) = m_k − x, and −x where no class is known; as an energy half the square of that, with the sign that its net has. */
const net = (output: Output): Declared<Net> => ({
  is: { kind: 'net', name: 'means', config: {} },
  knows_classes: true,
  init: () => ({}),
  apply(_, x, { classes }) {
    const toMean = tf.sub<Tensor2D>(tf.matMul(classes as Tensor2D, tf.tensor2d(MEANS, [3, 1])), x)
    return output === 'score' ? toMean : tf.mul(-0.5, tf.square(toMean))
  },
})

const spec = (output: Output): ModelSpec => ({
  dim: 1, variables: defaultVariables(1), output, net: net(output), preconditioning: none({}), classes: { column: 'k', values: ['a', 'b', 'c'], dropout: 0.1 },
})

const x = float32([1, 6], Float32Array.of(0, 1, 2, -1, 4, 0.5))
const CHAINS = [4, 5, 6, 7, 8, 9]
/** Chain number c draws class number c mod 3. */
const meanOf = (chain: number): number => MEANS[chain % 3] as number

async function scoresOf(output: Output, guidance: number, chains: readonly number[] = CHAINS): Promise<number[]> {
  const { data } = await compiled<HostArray>(({ at, numbers }: { at: Tensor2D; numbers: Tensor1D }) =>
    modelTarget(spec(output), {}, 1, { numbers: byTurns([0, 1, 2], numbers), guidance }).score(at), { at: x, numbers: int32([chains.length], Int32Array.from(chains)) })
  return [...data]
}

const expectClose = (found: readonly number[], wanted: readonly number[]): void => found.forEach((value, i) => expect(value).toBeCloseTo(wanted[i] as number, 4))

describe.each<Output>(['score', 'energy'])('a model that is a %s', (output) => {
  test.each([0, 1, 2.5])('is drawn towards the class of each chain, guided by %d', async (guidance) => {
    expectClose(await scoresOf(output, guidance), [...x.data].map((value, i) => guidance * meanOf(CHAINS[i] as number) - value))
  })

  test('has replicas of chains draw the class of their chain', async () => {
    expectClose(await scoresOf(output, 1, CHAINS.slice(0, 3)), [...x.data].map((value, i) => meanOf(CHAINS[i % 3] as number) - value))
  })

  test('knows the law of all where no class is wanted', async () => {
    const { data } = await compiled<HostArray>(({ at }: { at: Tensor2D }) => modelTarget(spec(output), {}).score(at), { at: x })
    expectClose([...data], [...x.data].map((value) => -value))
  })
})

test('rows of no known class are told none', async () => {
  const { data } = await compiled<HostArray>(({ at, k }: { at: Tensor2D; k: Tensor1D }) => modelFunctions(spec('score'), {}, k).score(at), { at: float32([3, 1], new Float32Array(3)), k: float32([3], Float32Array.of(2, -1, 0)) })
  expectClose([...data], [5, 0, -3])
})

test('a net that heeds no classes makes no model of them', () => {
  const { knows_classes: _, ...other } = net('score')
  expect(() => Model.create('m', { ...spec('score'), net: other })).toThrow(expect.objectContaining({ code: 'model_classes' }) as Error)
})

test('without classes a net has the parameters that it had', () => {
  const made = residualMlp({ width: 8, blocks: 1, embedding: 4 })
  const create = (classes: ModelSpec['classes']): string[] =>
    Object.keys((Model.create('m', { dim: 2, variables: defaultVariables(2), net: made, preconditioning: none({}), ...(classes && { classes }) }).shapes) as object)
  expect(create(undefined)).not.toContain('classes')
  expect(create({ column: 'k', values: [0, 1], dropout: 0 })).toContain('classes')
})
