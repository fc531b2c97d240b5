/**
 * What keeps a LayersModel from being the net of a model: whatever would be ignored without a word.
 *
 * Training here is of all weights, by a loss of f alone, and f of a row is that of inference: it has
 * no randomness, no state, no statistics of a batch.
 */
import { tf, type Layer, type LayersModel, type LayerVariable, type SymbolicTensor } from '../../engine/tf.ts'

export interface Fault {
  readonly problem: string
  readonly remedy: string
}

/** The first fault of a model; undefined for one that is fit. */
export function faultOf(model: LayersModel): Fault | undefined {
  if (!(model instanceof tf.LayersModel)) return { problem: 'it is no LayersModel of the tfjs that heatbath uses', remedy: 'Make it with tf.sequential or tf.model, or load it with tf.loadLayersModel, of heatbath/tf.' }
  if ((model.inputs ?? []).length === 0) return { problem: 'its input has no shape yet', remedy: 'Give its first layer inputShape.' }
  return faultOfShapes(model) ?? firstOf(layersIn(model), faultOfLayer) ?? faultOfNames(model.weights)
}

function faultOfShapes({ inputs, outputs }: LayersModel): Fault | undefined {
  if (inputs.length > 2) return { problem: `it has ${inputs.length} inputs`, remedy: 'It takes the rows, and, in a second input, the noise level.' }
  if (outputs.length > 1) return { problem: `it has ${outputs.length} outputs`, remedy: 'Join them: the output is one score or energy of each row.' }
  const second = inputs[1]?.shape
  if (second !== undefined && numbersIn(second) !== 1) return { problem: `its second input, [${second.slice(1).join(', ')}], has another number than 1 of each row`, remedy: 'The second input is the noise level; the rows come in the first.' }
  return firstOf([...inputs, ...outputs], ({ name, shape, dtype }: SymbolicTensor) => {
    if (shape[0] !== null) return { problem: `${name} is of ${shape[0]} rows only`, remedy: 'Give inputShape in place of batchInputShape: batches have any number of rows.' }
    if (numbersIn(shape) === undefined) return { problem: `${name} has the open shape [${shape.slice(1).map((extent) => extent ?? '?').join(', ')}]`, remedy: 'Give every extent of a row.' }
    return dtype === 'float32' ? undefined : { problem: `${name} is of ${dtype}`, remedy: 'Rows are of float32.' }
  })
}

/** Numbers of a row; undefined where an extent is open. */
const numbersIn = (shape: SymbolicTensor['shape']): number | undefined =>
  shape.slice(1).reduce<number | undefined>((product, extent) => (product === undefined || extent === null ? undefined : product * extent), 1)

/** Rates by which layers draw random numbers in training. */
const RATES = ['dropout', 'recurrentDropout'] as const
const RANDOM: Readonly<Record<string, string>> = { Dropout: 'rate', SpatialDropout1D: 'rate', GaussianDropout: 'rate', AlphaDropout: 'rate', GaussianNoise: 'stddev', RandomHeight: 'factor', RandomWidth: 'factor' }

function faultOfLayer(layer: Layer): Fault | undefined {
  const { name } = layer
  const config = layer.getConfig() as Readonly<Record<string, unknown>>
  const rate = [...RATES, RANDOM[layer.getClassName()]].find((field) => field !== undefined && Boolean(config[field]))
  if (rate !== undefined) return { problem: `layer ${name} draws random numbers in training (${rate} ${JSON.stringify(config[rate])})`, remedy: `Take the layer out, or set its ${rate} to 0.` }
  if (layer.getClassName() === 'BatchNormalization') return { problem: `layer ${name} normalises by the statistics of a batch, so that a row's score would depend on others`, remedy: 'Take tf.layers.layerNormalization in its place.' }
  if (layer.getClassName() === 'Embedding') return { problem: `layer ${name} takes whole numbers, of which there is no gradient`, remedy: 'Take a dense layer in its place.' }
  if (layer.stateful) return { problem: `layer ${name} keeps a state between batches`, remedy: 'Make it with stateful: false.' }
  if (layer.losses.length > 0) return { problem: `layer ${name} adds a regularizer to the loss`, remedy: 'Leave it out: what is minimised is the loss that the pipeline names.' }
  const constrained = layer.weights.find((weight) => (weight as unknown as { constraint: unknown }).constraint !== null)
  if (constrained !== undefined) return { problem: `weight ${constrained.originalName} has a constraint`, remedy: 'Leave it out: weights move freely.' }
  return layer.nonTrainableWeights.length === 0 ? undefined : { problem: `layer ${name} has weights that are not trained`, remedy: 'Set trainable to true: all weights are trained.' }
}

function faultOfNames(weights: readonly LayerVariable[]): Fault | undefined {
  const names = weights.map(({ originalName }) => originalName)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  return twice === undefined ? undefined : { problem: `two weights have the name ${twice}`, remedy: 'Give each layer a name of its own.' }
}

/** All layers, those inside of others as well. */
function layersIn(layer: Layer): Layer[] {
  const { layers = [], cells = [], layer: wrapped, forwardLayer, backwardLayer, cell } = layer as Layer & { readonly layers?: Layer[]; readonly cells?: Layer[] } & Partial<Record<'layer' | 'forwardLayer' | 'backwardLayer' | 'cell', Layer>>
  const inner = [...layers, ...cells, ...[wrapped, forwardLayer, backwardLayer, cell].filter((one) => one !== undefined)]
  return inner.length === 0 ? [layer] : [...(layers.length === 0 ? [layer] : []), ...inner.flatMap(layersIn)]
}

function firstOf<T>(all: readonly T[], fault: (one: T) => Fault | undefined): Fault | undefined {
  for (const one of all) {
    const found = fault(one)
    if (found !== undefined) return found
  }
  return undefined
}
