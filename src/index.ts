/**
 * heatbath: energy-based and score-based generative models as streams.
 *
 * Components are called with their config; operators are plain RxJS operators on Arrow record batches.
 */

// Components
export { doubleWell } from './models/energies/double-well.ts'
export { gaussian } from './models/energies/gaussian.ts'
export { gaussianMixture } from './models/energies/gaussian-mixture.ts'
export { ringOfGaussians } from './models/energies/ring-of-gaussians.ts'
export { mlp } from './models/nets/mlp.ts'
export { residualMlp } from './models/nets/residual-mlp.ts'
export { geometric } from './models/noise/geometric.ts'
export { edm } from './models/preconditioning/edm.ts'
export { none } from './models/preconditioning/none.ts'
export { denoisingScoreMatching } from './models/losses/denoising-score-matching.ts'
export { adam } from './models/optimizers/adam.ts'
export { sgd } from './models/optimizers/sgd.ts'
export { constant } from './models/schedules/constant.ts'
export { cosine } from './models/schedules/cosine.ts'
export { annealedLangevin } from './models/samplers/annealed-langevin.ts'
export { hmc } from './models/samplers/hmc.ts'
export { langevin } from './models/samplers/langevin.ts'
export { mala } from './models/samplers/mala.ts'
export { nuts } from './models/samplers/nuts.ts'
export { randomWalk } from './models/samplers/random-walk.ts'
export { dualAveraging } from './models/adaptations/dual-averaging.ts'
export { windows } from './models/adaptations/windows.ts'
export { exactStart } from './models/starts/exact.ts'
export { gaussianStart } from './models/starts/gaussian.ts'
export { statesStart } from './models/starts/states.ts'
export { streamStart } from './models/starts/stream.ts'
export { uniformStart } from './models/starts/uniform.ts'

// Components of one's own
export { defineAdaptation, type Adaptation } from './models/adaptations/contract.ts'
export { defineEnergy, rowwise, type DataEnergy, type Discrete, type Energy, type Rows } from './models/energies/contract.ts'
export { defineLoss, type Loss, type Perturbed } from './models/losses/contract.ts'
export { defineNet, type Net } from './models/nets/contract.ts'
export { defineNoise, type Noise } from './models/noise/contract.ts'
export { defineOptimizer, type Optimizer } from './models/optimizers/contract.ts'
export { definePreconditioning, type Preconditioning } from './models/preconditioning/contract.ts'
export { defineSampler, observePosition, type Sampler, type Tuning } from './models/samplers/contract.ts'
export { defineSchedule, type Schedule } from './models/schedules/contract.ts'
export { defineStart, type DrawnStart, type Start } from './models/starts/contract.ts'
export { energyTarget, tempered, type Density, type SupportBy, type Target } from './models/target.ts'
export type { Interval, Support } from './models/support.ts'
export { scoreTarget, type Score, type ScoreModel } from './models/score-model.ts'
export { defaultVariables, type Variable } from './models/variables.ts'

// The engine, for functions of one's own
export {
  defaultExecutor, eagerExecutor, fold, inlineExecutor, integers, loop, normal, readRow, signs, split, twins, uniform,
  valueAndGrad, valueAndGrads, workerExecutor, writeRow, type Executor, type Key,
} from './engine/index.ts'

// Streams
export { loss } from './streams/operators/loss.ts'
export { optimize } from './streams/operators/optimize.ts'
export { perturb } from './streams/operators/perturb.ts'
export { rebatch } from './streams/operators/rebatch.ts'
export { sample } from './streams/operators/sample/sample.ts'
export { numeric, type FlowOptions } from './streams/operators/numeric/flow.ts'
export type { Kernel } from './streams/operators/numeric/kernel.ts'
export { Model } from './streams/model.ts'
export { Gate, through } from './streams/gates.ts'
export { FanOut } from './streams/fan-out.ts'
export { fromPull } from './streams/pull.ts'

// Pipelines
export { lint, lintFile } from './pipelines/lint.ts'
export { run, type RunOptions, type RunSummary } from './pipelines/run.ts'
export { HeatbathError, type Code } from './errors.ts'
export type { Declared } from './unit.ts'
/** What configs of components of one's own are declared with. */
export { z } from 'zod'
