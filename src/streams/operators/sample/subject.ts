/** What chains run on: an energy, or a model whose parameters are fed at every call. */
import type { Executor } from '../../../engine/index.ts'
import type { Tensor } from '../../../engine/tf.ts'
import type { Energy } from '../../../models/energies/contract.ts'
import { unpackTensors, type Packed } from '../../../models/packing.ts'
import { modelTarget } from '../../../models/model.ts'
import { energyTarget, type SupportBy, type Target } from '../../../models/target.ts'
import { variableField } from '../../arrow/schemas.ts'
import type { FittedEncoding } from '../../encodings/contract.ts'
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
  /** How coordinates become the columns of a table, for a model of one. */
  readonly encoding?: FittedEncoding
  /** The target, given the parameters as tensors. Its names and sizes do not depend on them. */
  target(parameters?: unknown): Target
}

export function energySubject(energy: Energy & { readonly is?: { readonly name: string } }, temperature: number, support: SupportBy = 'transform'): Subject {
  return {
    identity: energy,
    text: `temperature ${temperature}, support ${support}`,
    name: energy.is?.name ?? 'an energy',
    cost: 'elementwise',
    parameters: async () => undefined,
    target: () => energyTarget(energy, temperature, support),
  }
}

export function modelSubject(model: Model, temperature: number): Subject {
  const { encoding } = model
  const decodes = encoding !== undefined && !isPlain(encoding)
  const target = (parameters?: unknown): Target =>
    modelTarget(model.spec, parameters === undefined ? undefined : unpackTensors(model.shapes, parameters as Packed<Tensor>), temperature)
  return {
    identity: model.spec,
    text: `temperature ${temperature}`,
    name: model.name,
    cost: 'products',
    parameters: async (executor) => usedParameters(await model.on(executor)),
    ...(decodes ? { encoding } : {}),
    target: (parameters) => (decodes ? { ...target(parameters), variables: [{ name: ROWS, shape: [model.spec.dim] }] } : target(parameters)),
  }
}

/** Coordinates that are decoded are emitted as one list. */
export const ROWS = 'coordinates'

/** Whether coordinates are the columns themselves. */
const isPlain = ({ variables, fields }: FittedEncoding): boolean =>
  variables.length === fields.length && variables.map(variableField).every(({ name, type }, i) => name === fields[i]?.name && String(type) === String(fields[i]?.type))
