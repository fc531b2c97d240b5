/**
 * The shape rules of the engine against TensorFlow: every op call that the forms and their
 * derivatives make is run really, and the rule must have said the shape and dtype that came out.
 */
import { beforeAll, expect, test } from 'vitest'
import { describe as described } from '../../src/engine/index.ts'
import { backend } from '../../src/engine/backend.ts'
import type { TfAttribute } from '../../src/engine/binding.ts'
import { outputSpec, ruledOps } from '../../src/engine/shapes.ts'
import { tf, type Tensor } from '../../src/engine/tf.ts'
import { has, needs } from '../needs.ts'
import { derivativesOf, FORMS } from './forms.ts'

needs('tensorflow')

/** Ops with a rule that no tfjs kernel calls: programs written elsewhere may hold them. */
const DIRECT: Readonly<Record<string, () => Tensor[]>> = {
  AddV2: () => [tf.ones([3, 1]), tf.ones([4])],
  ClipByValue: () => [tf.ones([3, 4]), tf.scalar(0), tf.scalar(1)],
  Div: () => [tf.ones([3, 1]), tf.ones([4])],
  DivNoNan: () => [tf.ones([3, 1]), tf.ones([4])],
  LogSoftmax: () => [tf.ones([3, 4])],
  Mod: () => [tf.ones([3, 1]), tf.ones([4])],
  Pad: () => [tf.ones([3, 4]), tf.tensor2d([[1, 0], [0, 2]], [2, 2], 'int32')],
  Relu6Grad: () => [tf.ones([3, 4]), tf.ones([3, 4])],
  ReluGrad: () => [tf.ones([3, 4]), tf.ones([3, 4])],
  Reverse: () => [tf.ones([3, 4]), tf.tensor1d([true, false], 'bool')],
  SelectV2: () => [tf.tensor1d([true, false, true, true], 'bool'), tf.ones([3, 1]), tf.scalar(0)],
  SeluGrad: () => [tf.ones([3, 4]), tf.ones([3, 4])],
}

const calls: { readonly op: string; readonly said: string; readonly made: string }[] = []

beforeAll(() => {
  if (!has('tensorflow')) return
  const b = backend()
  const { executeSingleOutput } = b
  const checked = (op: string, attributes: TfAttribute[], inputs: Tensor[]): Tensor => {
    const said = outputSpec(op, attributes, inputs)
    const made = executeSingleOutput.call(b, op, attributes, inputs)
    if (said !== undefined) calls.push({ op, said: described(said), made: described(made) })
    return made
  }
  b.executeSingleOutput = checked
  for (const form of FORMS) tf.tidy(() => void derivativesOf(form, form.inputs.map(({ data, shape, dtype }) => tf.tensor(data, [...shape], dtype))))
  tf.tidy(() => Object.entries(DIRECT).forEach(([op, inputs]) => void checked(op, [], inputs())))
  b.executeSingleOutput = executeSingleOutput
})

test('a rule says what TensorFlow makes', () => {
  expect(calls.filter(({ said, made }) => said !== made)).toEqual([])
})

test('every rule was put to the test', () => {
  const met = new Set(calls.map(({ op }) => op))
  expect(ruledOps().filter((op) => !met.has(op))).toEqual([])
})

test('an op without a rule, or whose shape is left open, is run to learn its shape', () => {
  expect(outputSpec('Reshape', [], [tf.ones([6]), tf.tensor1d([2, -1], 'int32')])).toBeUndefined()
  expect(outputSpec('AvgPool', [], [tf.ones([1, 4, 4, 1])])).toBeUndefined()
})
