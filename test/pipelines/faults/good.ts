/** Two pipelines without faults, to make faulty ones of. */
import { wells as wellsOf } from '../../interfaces/cli/command.ts'

/** Samples an energy. */
export const WELLS = wellsOf(20)

/** Trains a model, then samples it. */
export const POINTS = `name: points
models:
  points:
    net: { mlp: { width: 8, layers: 1 } }
    noise: { geometric: { largest: 4, smallest: 0.1, levels: 4 } }
    precondition: edm
streams:
  training:
    source: { two_moons: { rows: 256 } }
    through:
      - repeat: { epochs: 2 }
      - rebatch: { rows: 64 }
      - perturb: { model: points }
      - loss: { model: points, denoising_score_matching: {} }
      - optimize: { model: points, adam: { learning_rate: 0.01 } }
  samples:
    sample: { model: points, sampler: { annealed_langevin: { steps_per_level: 2 } }, chains: 10 }
outputs:
  - { model: points, safetensors: { path: points.safetensors } }
  - { from: training, parquet: { path: training.parquet } }
  - { from: samples, arrow_file: { path: samples.arrows } }
`

/** Replaces a part that must be there. */
export function changed(text: string, ...changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`the pipeline has no ${from}`)
    return now.replace(from, to)
  }, text)
}

export const wells = (...changes: readonly (readonly [from: string, to: string])[]): string => changed(WELLS, ...changes)
export const points = (...changes: readonly (readonly [from: string, to: string])[]): string => changed(POINTS, ...changes)
