/** Trainings whose outcome is known: models, the data that they see, and what came of them. */
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import { float32, type Executor, type HostArray } from '../../src/engine/index.ts'
import { tf, type Tensor, type Tensor2D } from '../../src/engine/tf.ts'
import type { Loss } from '../../src/models/losses/contract.ts'
import { modelFunctions } from '../../src/models/model.ts'
import type { Net } from '../../src/models/nets/contract.ts'
import type { Noise } from '../../src/models/noise/contract.ts'
import { adam } from '../../src/models/optimizers/adam.ts'
import { unpackArrays, type Packed } from '../../src/models/packing.ts'
import { cosine } from '../../src/models/schedules/cosine.ts'
import { usedParameters, type Model } from '../../src/streams/model.ts'
import { loss } from '../../src/streams/operators/loss.ts'
import { optimize, type OptimizeOptions } from '../../src/streams/operators/optimize.ts'
import { perturb } from '../../src/streams/operators/perturb.ts'
import type { Declared } from '../../src/unit.ts'
import { compiled } from '../engine/both.ts'
import { gather, numbersOf } from '../streams/operators/numeric/training.ts'
import { seed } from './checks.ts'

/** f(x) = x w: with it a score is linear, as that of noised Gaussian data is. */
export const linear: Declared<Net<{ readonly w: Tensor }>> = {
  is: { kind: 'net', name: 'linear', config: {} },
  init: (inputs, outputs, draws) => ({ w: draws.normal([inputs, outputs], 0.1) }),
  apply: ({ w }, x) => tf.matMul(x, w as Tensor2D),
}

export interface Training extends OptimizeOptions {
  readonly rule: Declared<Loss>
  /** Batches of fresh rows: so a loss, of the model before its update, is that of rows which the model has not seen. */
  readonly rows$: Observable<RecordBatch>
  readonly batches: number
  readonly rate: number
  readonly executor: Executor
}

/** Trains a model, and gives the loss of each batch. */
export async function losses(model: Model, { rule, rows$, batches, rate, executor, ...options }: Training): Promise<number[]> {
  const rows = await gather(rows$.pipe(
    perturb(model.spec.noise as Declared<Noise>, { executor, seed: seed(1), has_classes: model.spec.classes !== undefined }),
    loss(model, rule, { executor, seed: seed(2) }),
    optimize(model, adam({ learning_rate: rate }), { executor, schedule: cosine({ steps: batches }), ...options })))
  return numbersOf(rows, 'loss')
}

/** The score of a model at points, [points, dim] row by row, with the parameters that sampling uses. */
export async function scoresOf(model: Model, points: Float32Array, sigma: number): Promise<Float32Array> {
  const { spec: { dim }, shapes } = model
  const parameters = unpackArrays(shapes, usedParameters(await model.read()) as Packed<HostArray>)
  const count = points.length / dim
  const { data } = await compiled<HostArray<'float32'>>(({ p, at }: { p: unknown; at: Tensor2D }) => modelFunctions(model.spec, p).score(at, tf.fill([count], sigma)), { p: parameters, at: float32([count, dim], points) })
  return data
}
