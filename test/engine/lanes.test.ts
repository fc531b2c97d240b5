/** The one call of a graph: what it gives, and that TensorFlow's optimizers leave it alone. */
import { expect, test } from 'vitest'
import { float32, int32, record } from '../../src/engine/index.ts'
import { lanesCall, resultIndex, type Device, type Layout } from '../../src/engine/graph/lanes.ts'
import { tf, type Tensor1D } from '../../src/engine/tf.ts'
import { needs } from '../needs.ts'

needs('tensorflow')

const { program } = record<{ x: Tensor1D; k: Tensor1D }>('three results', { x: float32([2], new Float32Array(2)), k: int32([1], new Int32Array(1)) }, ({ x, k }) => [tf.neg(x), k, tf.square(x)])
const layout: Layout = { lanes: 2, join: [undefined, 0, 0] }

const call = (device: Device, of: Layout = layout) => {
  const { functions, ...rest } = lanesCall(program, of, device)
  return { ...rest, lanes: functions[0] as (typeof functions)[number] }
}

test.each<Device>(['CPU', 'GPU'])('results stand where resultIndex says (%s)', (device) => {
  const names = call(device).lanes.results.map(({ name }) => name)
  expect([0, 1].map((lane) => [0, 1, 2].map((output) => names[resultIndex(program, layout, lane, output)]))).toEqual([['l0_y0', 'l0_y1', 'l0_y2'], ['l1_y0', 'l1_y1', 'l1_y2']])
  expect([1, 2].map((output) => names[resultIndex(program, layout, 'joined', output)])).toEqual(['y1', 'y2'])
  expect(names).toHaveLength(8)
})

test('a single lane is joined without an op', () => {
  expect(call('CPU', { ...layout, lanes: 1 }).lanes.nodes.map(({ op }) => op)).toEqual(['XlaLaunch'])
})

test('on CPUs the graph is too small for the optimizers, and its function has a parameter', () => {
  const { before, lanes, attributes } = call('CPU')
  expect(before.length + 2).toBeLessThan(4) // the inputs and the call
  expect(lanes.parameters).toEqual(['none'])
  expect(lanes.nodes.filter(({ op }) => op === 'XlaLaunch').map((node) => node.attributes.Nresources)).toEqual([{ placeholder: 'none' }, { placeholder: 'none' }])
  expect(before[0]?.attributes._mark).toEqual({ func: 'VariableV2' })
  expect(attributes.branches).toEqual({ funcs: [{ name: 'lanes', parameters: { none: { int: 0 } } }] })
})

test('on GPUs each lane is marked for XLA', () => {
  expect(call('GPU').lanes.nodes.filter(({ op }) => op === 'PartitionedCall').map((node) => node.attributes._XlaMustCompile)).toEqual([{ bool: true }, { bool: true }])
})
