import type { Skeleton } from './contract.ts'

export const training: Skeleton = {
  kind: 'training',
  extension: 'yaml',
  text: ({ file }) => `# Learns the score of points in the plane, then draws 1000 new ones.
# heatbath run ${file}.yaml
name: ${file}
seed: 1
models:
  points:
    net: { mlp: { width: 128, layers: 2 } }               # heatbath list net
    noise: { geometric: { largest: 8, smallest: 0.05, levels: 12 } }
    precondition: edm
streams:
  training:
    source: { two_moons: { rows: 10000 } }                # heatbath list source
    through:
      - repeat: { epochs: 20 }
      - shuffle: { buffer_rows: 10000 }
      - rebatch: { rows: 128 }
      - perturb: { model: points }
      - loss: { model: points, denoising_score_matching: { weight: edm } }
      - optimize: { model: points, adam: { learning_rate: 0.001 }, ema_decay: 0.99 }
  samples:
    sample: { model: points, sampler: { annealed_langevin: { steps_per_level: 20 } }, chains: 1000 }
outputs:
  - { from: training, parquet: { path: training.parquet } }
  - { model: points, safetensors: { path: points.safetensors } }
  - { from: samples, parquet: { path: samples.parquet } }
`,
}
