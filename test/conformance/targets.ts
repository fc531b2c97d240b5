/** What samplers are tried on: energies, on the whole line, bounded and discrete, and a model over noise levels that knows only a score. */
import { leaves, rebuild, type HostArray } from '../../src/engine/index.ts'
import { tf } from '../../src/engine/tf.ts'
import { categorical } from '../../src/models/energies/categorical.ts'
import type { Energy } from '../../src/models/energies/contract.ts'
import { gamma } from '../../src/models/energies/gamma.ts'
import { gaussian } from '../../src/models/energies/gaussian.ts'
import { ising } from '../../src/models/energies/ising.ts'
import { modelTarget } from '../../src/models/model.ts'
import { made } from '../../src/models/nets/made.ts'
import { mlp } from '../../src/models/nets/mlp.ts'
import { geometric } from '../../src/models/noise/geometric.ts'
import { unpackArrays, type Packed } from '../../src/models/packing.ts'
import { edm } from '../../src/models/preconditioning/edm.ts'
import { none } from '../../src/models/preconditioning/none.ts'
import { misfitOf } from '../../src/models/samplers/fit.ts'
import type { Sampler } from '../../src/models/samplers/contract.ts'
import { energyTarget, type Target } from '../../src/models/target.ts'
import { defaultVariables } from '../../src/models/variables.ts'
import { Model } from '../../src/streams/model.ts'
import type { Sampled } from '../../src/streams/operators/sample/sample.ts'
import type { Declared } from '../../src/unit.ts'

export interface Tried {
  readonly name: string
  /** As `sample` takes it. */
  readonly sampled: Sampled
  /** As a sampler sees it, inside a recorded function. */
  target(): Target
}

const onEnergy = (name: string, energy: Energy, temperature = 1): Tried =>
  ({ name, sampled: { energy, temperature }, target: () => energyTarget(energy, temperature) })

const model = Model.create('m', {
  dim: 2, variables: defaultVariables(2), net: mlp({ width: 8, layers: 1 }), noise: geometric({ largest: 2, smallest: 0.1, levels: 4 }), preconditioning: edm({ sd: 1, mean: 0 }),
}, 5)
const sequences = Model.create('s', {
  dim: 3, variables: defaultVariables(3), output: 'energy', net: made({ states: [3, 2, 3], width: 8, layers: 1 }), preconditioning: none({}),
}, 5)

async function onModel(name: string, model: Model): Promise<Tried> {
  const parameters = unpackArrays(model.shapes, (await model.read()).parameters as Packed<HostArray>)
  return {
    name,
    sampled: { model },
    target: () => modelTarget(model.spec, rebuild(parameters, leaves<HostArray>(parameters).map(({ data, shape }) => tf.tensor(data, [...shape])))),
  }
}

/** The first that fits a sampler is the one of its trajectories. */
const TARGETS: readonly Tried[] = [
  onEnergy('a Gaussian with correlation', gaussian({ dim: 3, mean: 0.5, scale: [1, 2, 0.5], correlation: 0.5 })),
  onEnergy('a cold gamma distribution, on the half line', gamma({ shape: 2, dim: 2 }), 0.5),
  onEnergy('levels', categorical({ levels: [0, 1, 3], dim: 3 })),
  onEnergy('spins', ising({ sites: [4], coupling: 0.5, field: 0.3 }), 2),
  await onModel('a model of a score', model),
  await onModel('a model of sequences', sequences),
]

/** Those that a sampler can run on. */
export const targetsFor = (sampler: Declared<Sampler>): readonly Tried[] => TARGETS.filter(({ name, target }) => misfitOf(sampler, undefined, target(), name) === undefined)
