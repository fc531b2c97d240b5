/** What chains run on: an energy, or a model whose parameters are fed at every call. */
import type { Executor } from '../../../engine/index.ts'
import type { Tensor } from '../../../engine/tf.ts'
import type { Energy } from '../../../models/energies/contract.ts'
import { unpackTensors, type Packed } from '../../../models/packing.ts'
import { scoreTarget } from '../../../models/score-model.ts'
import { energyTarget, type Target } from '../../../models/target.ts'
import { usedParameters, type Model } from '../../model.ts'
import type { Cost } from './blocks.ts'

export interface Subject {
  /** Programs are shared by subjects with the same identity and text. */
  readonly identity: object
  readonly text: string
  /** Named in errors. */
  readonly name: string
  readonly cost: Cost
  /** A tree of arrays on the executor, as they are now; undefined if there are none. */
  parameters(executor: Executor): Promise<unknown>
  /** The target, given the parameters as tensors. Its names and sizes do not depend on them. */
  target(parameters?: unknown): Target
}

export function energySubject(energy: Energy & { readonly is?: { readonly name: string } }, temperature: number): Subject {
  return {
    identity: energy,
    text: `temperature ${temperature}`,
    name: energy.is?.name ?? 'an energy',
    cost: 'elementwise',
    parameters: async () => undefined,
    target: () => energyTarget(energy, temperature),
  }
}

export function modelSubject(model: Model): Subject {
  return {
    identity: model.spec,
    text: '',
    name: model.name,
    cost: 'products',
    parameters: async (executor) => usedParameters(await model.on(executor)),
    target: (parameters) => scoreTarget(model.spec, parameters === undefined ? undefined : unpackTensors(model.shapes, parameters as Packed<Tensor>)),
  }
}
