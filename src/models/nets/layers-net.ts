/**
 * A net made of a tfjs LayersModel: its weights are the parameters, its forward pass is f.
 *
 * x [rows, inputs] takes the shape of the model's first input. The noise level c enters in one of
 * three ways, by what the model takes:
 *
 *   two inputs       the second, of one number a row, is c
 *   one column more  than x has, in one flat input: the last column is c
 *   x alone          the net does not see c: σ enters by the preconditioning only
 *
 * The output, flattened, is f: one number for an energy, as many as x has for a score or for an
 * energy that is an inner product. Layers run as they do in inference; a model whose training would
 * differ from that, or would leave something out, is refused (layers-faults.ts).
 * Errors: net_unfit, naming the layer or the shape, and the remedy.
 */
import { fail } from '../../errors.ts'
import { float32, sizeOf, type HostArray } from '../../engine/index.ts'
import { tf, type LayersModel, type LayerVariable, type Tensor, type Tensor2D } from '../../engine/tf.ts'
import type { Declared } from '../../unit.ts'
import type { Net } from './contract.ts'
import type { HostDraws } from './host-draws.ts'
import { faultOf } from './layers-faults.ts'

/** What a model is made of, without its weights: JSON. */
export interface Topology {
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
}

/** Tensors by the names of the weights. */
type Weights = Readonly<Record<string, Tensor>>

/** A LayersModel as a net. Training begins from its weights, and leaves them as they are in the model. */
export function layersNet(model: LayersModel): Declared<Net> {
  const net = netOf(model, ({ shape, data }) => float32(shape, data.slice())) as Net
  return Object.assign(net, { is: { kind: 'net' as const, name: 'layers_model', config: { topology: topologyOf(model) } } })
}

/** A net of a topology. What its layers would draw is drawn by us, normal numbers of variance 1/inputs; other weights begin as the layers say. */
export const drawnNet = (topology: Topology): Net => netOf(modelOf(topology), ({ shape, data }, draws) => {
  const [first = 0] = data
  return data.every((value) => value === first) ? draws.fill(shape, first) : draws.normal(shape, 1 / Math.sqrt(sizeOf(shape.slice(0, -1))))
}) as Net

function netOf(model: LayersModel, begin: (weight: HostArray<'float32'>, draws: HostDraws) => HostArray): Net<Weights> {
  const fault = faultOf(model)
  if (fault !== undefined) throw fail('net_unfit', { ...fault })
  if (!model.built) model.build(model.inputs.map(({ shape }) => shape)) // a tf.sequential is at its first call, which may come while it is recorded
  const [input = [], second] = model.inputs.map(({ shape }) => shape.slice(1) as number[])
  const [taken, made] = [sizeOf(input), sizeOf(model.outputs[0]?.shape.slice(1) as number[])]
  const hasColumn = (inputs: number): boolean => second === undefined && input.length === 1 && taken === inputs + 1
  return {
    is_square: made > 1 && (made === taken || hasColumn(made)),
    init(inputs, outputs, draws) {
      if (taken !== inputs && !hasColumn(inputs)) throw fail('net_unfit', { problem: `its input has ${taken} numbers, [${input.join(', ')}], and a row has ${inputs}`, remedy: 'Give it an input of as many, and, to see the noise level, a second one of one number or one column more.' })
      if (made !== outputs) throw fail('net_unfit', { problem: `its output has ${made} numbers, and ${outputs} are needed`, remedy: 'A score has as many outputs as a row has numbers, an energy has one or as many.' })
      return Object.fromEntries(model.weights.map((weight) => [weight.originalName, begin(valueOf(weight), draws)]))
    },
    apply(weights, x, { noise }) {
      const [rows, inputs] = x.shape
      const seen = hasColumn(inputs) ? tf.concat2d([x, tf.expandDims<Tensor2D>(noise, 1)], 1) : tf.reshape(x, [rows, ...input])
      const fed = second === undefined ? seen : [seen, tf.reshape(noise, [rows, ...second])]
      return tf.reshape(withWeights(model, weights, () => model.apply(fed, { training: false }) as Tensor), [rows, made])
    },
  }
}

/** Runs `f` while the layers hold other weights: the recorder's tensors, or those that a gradient is taken of. */
function withWeights<T>(model: LayersModel, weights: Weights, f: () => T): T {
  const held = model.weights.map((weight) => weight as unknown as { val: Tensor })
  const own = held.map(({ val }) => val)
  model.weights.forEach(({ originalName }, i) => ((held[i] as { val: Tensor }).val = weights[originalName] as Tensor))
  try {
    return f()
  } finally {
    held.forEach((weight, i) => (weight.val = own[i] as Tensor))
  }
}

const valueOf = (weight: LayerVariable): HostArray<'float32'> => float32(weight.shape as number[], weight.read().dataSync<'float32'>())

const topologyOf = (model: LayersModel): Topology =>
  ({ className: model.getClassName(), config: JSON.parse(JSON.stringify(model.getConfig())) as Topology['config'] })

/** The model, by the classes that tfjs knows: a class of one's own is registered with tf.serialization.registerClass. */
function modelOf({ className, config }: Topology): LayersModel {
  const [cls, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[className] ?? []
  try {
    if (cls === undefined || fromConfig === undefined) throw new TypeError(`there is no class ${className}`)
    return fromConfig(cls, config as never) as unknown as LayersModel
  } catch (error) {
    throw fail('net_unfit', { problem: `its topology cannot be built: ${(error as Error).message}`, remedy: 'Layers of your own are registered with tf.serialization.registerClass, in a module that the pipeline imports.' }, error)
  }
}
