/**
 * A LayersModel of tfjs, or of Keras by way of the tensorflowjs converter, as a net.
 *
 * From a file, model.json with its weights beside it: training begins from them. Where there are none,
 * and from a topology alone, weights are drawn as those of other nets are. How the noise level enters,
 * and which models are refused: layers-net.ts.
 */
import { z } from 'zod'
import { defineNet, type FileNet, type Net } from './contract.ts'
import { readLayers } from './layers-file.ts'
import { drawnNet, layersNet, type Topology } from './layers-net.ts'

const Config = z.strictObject({
  path: z.string().min(1).optional().meta({ description: 'model.json, as tfjs and the tensorflowjs converter write it; its path starts from the pipeline. Rows are its first input. The noise level is its second, or one column more of a flat input; where it has neither, σ enters by the preconditioning only. It has one output: a number for an energy, as many as a row has for a score.' }),
  topology: z.strictObject({
    className: z.string().meta({ description: 'Class of the model: Sequential, Model or Functional.' }),
    config: z.record(z.string(), z.unknown()).meta({ description: 'What getConfig of the model gives.' }),
  }).optional().meta({ description: 'The model without weights, in place of a file.' }),
}).refine(({ path, topology }) => (path === undefined) !== (topology === undefined), 'path or topology, one of the two')

export const layersModel = defineNet({
  name: 'layers_model',
  summary: 'Any LayersModel of TensorFlow.js or Keras, given by its file.',
  config: Config,
  example: 'net: { layers_model: { path: model.json } }',
  reference: 'https://js.tensorflow.org/api/latest/#class:LayersModel; Chollet et al. 2015, https://keras.io',
  make: ({ path, topology }): Net | FileNet => {
    if (topology !== undefined) return drawnNet(topology)
    return {
      file: path as string,
      async read(files) {
        const { model, has_weights } = await readLayers(path as string, files)
        const net = layersNet(model)
        return has_weights ? net : Object.assign(drawnNet((net.is.config as { topology: Topology }).topology), { is: net.is })
      },
    }
  },
})
