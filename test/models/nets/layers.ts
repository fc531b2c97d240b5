/** LayersModels for tests, and their files as tfjs writes them. */
import type { ReadFile } from '../../../src/models/nets/contract.ts'
import { tf, type LayersModel } from '../../../src/engine/tf.ts'

export interface Written {
  readonly 'model.json': Buffer
  readonly [file: string]: Buffer
}

/** The files of a model, its weights cut into shards of so many bytes. */
export async function filesOf(model: LayersModel, shardBytes = 1000): Promise<Written> {
  const artifacts: { modelTopology?: unknown; weightSpecs?: unknown; weightData?: unknown } = {}
  await model.save({
    save(given) {
      Object.assign(artifacts, given)
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } })
    },
  })
  const data = Buffer.from(artifacts.weightData as ArrayBuffer)
  const shards = Array.from({ length: Math.ceil(data.length / shardBytes) }, (_, i) => [`group1-shard${i + 1}.bin`, data.subarray(i * shardBytes, (i + 1) * shardBytes)] as const)
  return {
    'model.json': Buffer.from(JSON.stringify({
      format: 'layers-model', generatedBy: 'a test', convertedBy: null, modelTopology: artifacts.modelTopology,
      weightsManifest: [{ paths: shards.map(([name]) => name), weights: artifacts.weightSpecs }],
    })),
    ...Object.fromEntries(shards),
  }
}

/** A reader of files in a folder `nets`. */
export const readerOf = (files: Readonly<Record<string, Buffer>>): ReadFile => (path) => {
  const bytes = files[path.replace(/^nets\//, '')]
  return bytes === undefined ? Promise.reject(new Error(`there is no ${path}`)) : Promise.resolve(bytes)
}

/** tanh layers from some inputs to some outputs, the same numbers for the same seed. */
export function tanhModel(inputs: number, outputs: number, units = 16, seed = 1): LayersModel {
  const kernelInitializer = (by: number) => tf.initializers.glorotNormal({ seed: seed + by })
  return tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [inputs], units, activation: 'tanh', name: 'first', kernelInitializer: kernelInitializer(0) }),
      tf.layers.dense({ units, activation: 'tanh', name: 'second', kernelInitializer: kernelInitializer(1) }),
      tf.layers.dense({ units: outputs, name: 'last', kernelInitializer: kernelInitializer(2) }),
    ],
  })
}
