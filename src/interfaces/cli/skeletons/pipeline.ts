import type { Skeleton } from './contract.ts'

export const pipeline: Skeleton = {
  kind: 'pipeline',
  extension: 'yaml',
  text: ({ file }) => `# 1000 chains of Langevin dynamics; every tenth step goes into a Parquet file.
# heatbath run ${file}.yaml
name: ${file}
seed: 1
streams:
  particles:
    sample:
      energy: { double_well: { dim: 2, height: 2 } }      # heatbath list energy
      sampler: { langevin: { step_size: 0.01 } }          # heatbath list sampler
      chains: 1000
      burn_in: 100
      steps: 1000
      every: 10
outputs:
  - { from: particles, parquet: { path: particles.parquet } }
`,
}
