/** What is asked of rows: a model, whose parameters are fed at every call, or an energy. */
import type { Executor } from '../../../engine/index.ts'
import { tf, type Tensor } from '../../../engine/tf.ts'
import type { Energy } from '../../../models/energies/contract.ts'
import { modelFunctions, modelTarget, type ModelFunctions } from '../../../models/model.ts'
import { unpackTensors, type Packed } from '../../../models/packing.ts'
import { energyTarget, type Target } from '../../../models/target.ts'
import type { FittedEncoding } from '../../encodings/contract.ts'
import { nothingLent, type Loan } from '../../loans.ts'
import type { Model } from '../../model.ts'
import { encodingOf } from '../sample/start-rows.ts'

export interface RowSubject {
  /** Programs are shared by subjects with the same identity. */
  readonly identity: object
  /** Number of coordinates. */
  readonly dim: number
  /** How columns become coordinates. */
  readonly encoding: FittedEncoding
  /** A tree of arrays on the executor, as they are now. */
  borrow(executor: Executor): Promise<Loan>
  bound(parameters: unknown): Bound
}

/** With its parameters: as functions of rows, and as what samplers run on. */
export interface Bound {
  readonly functions: ModelFunctions
  readonly target: Target
}

/** Columns have the names of its variables where the model has no encoding. */
export const modelRows = (model: Model): RowSubject => ({
  identity: model.spec,
  dim: model.spec.dim,
  encoding: model.encoding ?? encodingOf(model.spec.variables),
  borrow: (executor) => model.borrow(executor),
  bound(parameters) {
    const own = unpackTensors(model.shapes, parameters as Packed<Tensor>)
    return { functions: modelFunctions(model.spec, own), target: modelTarget(model.spec, own) }
  },
})

/** Columns have the names of its variables. */
export function energyRows(energy: Energy): RowSubject {
  const target = energyTarget(energy, 1, 'reject')
  const { density } = target
  return {
    identity: energy,
    dim: energy.dim,
    encoding: encodingOf(target.variables),
    borrow: async () => nothingLent({}),
    bound: () => ({
      target,
      functions: {
        ...(density === undefined ? {} : { energy: (x) => density.potential(tf.transpose(x)) }),
        score: (x) => tf.transpose(target.score(tf.transpose(x))),
      },
    }),
  }
}
