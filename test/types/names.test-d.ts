/** Types that functions take and give have names: whoever wraps one can say so. */
import type { RecordBatch } from 'apache-arrow'
import type { Observable, OperatorFunction } from 'rxjs'
import { expectTypeOf } from 'vitest'
import {
  adam, compare, contrast, defineNet, drain, encode, float32, lint, loss, Model, newRunId, optimize, perturb, pool, run, sample, shuffle, validate, z,
  type AnyUnit, type CompareOptions, type ContrastOptions, type DataSummary, type Declaration, type Declared, type DrainOptions, type EncodeOptions, type HostArray, type HostDraws, type Instance, type Issue, type Kind, type Linted,
  type LintOptions, type LoadModelOptions, type LossOptions, type ModelOptions, type ModelState, type OptimizeOptions, type Part, type Parts, type PerturbOptions, type PipelineDeclaration, type PoolOptions, type Preconditioning, type RunEvent,
  type RunOptions, type SampleOptions, type SamplerState, type ShuffleOptions, type Slots, type Snapshot, type Unit, type ValidateOptions,
} from '../../src/index.ts'
import type { Tensor, Tensor2D } from '../../src/engine/tf.ts'

expectTypeOf(compare).parameter(1).toEqualTypeOf<CompareOptions | undefined>()
expectTypeOf(contrast).parameter(2).toEqualTypeOf<ContrastOptions | undefined>()
expectTypeOf(encode).parameter(1).toEqualTypeOf<EncodeOptions | undefined>()
expectTypeOf(loss).parameter(2).toEqualTypeOf<LossOptions | undefined>()
expectTypeOf(optimize).parameter(2).toEqualTypeOf<OptimizeOptions | undefined>()
expectTypeOf(perturb).parameter(1).toEqualTypeOf<PerturbOptions | undefined>()
expectTypeOf(pool).parameter(1).toEqualTypeOf<PoolOptions | undefined>()
expectTypeOf(sample).parameter(1).toEqualTypeOf<SampleOptions>()
expectTypeOf(shuffle).parameter(1).toEqualTypeOf<ShuffleOptions | undefined>()
expectTypeOf(validate).parameter(2).toEqualTypeOf<ValidateOptions | undefined>()
expectTypeOf(drain).parameter(3).toEqualTypeOf<DrainOptions | undefined>()

declare const model: Model
expectTypeOf(Model.create).parameter(3).toEqualTypeOf<ModelOptions | undefined>()
expectTypeOf(model.read()).toEqualTypeOf<Promise<ModelState>>()
expectTypeOf(model.snapshots).toEqualTypeOf<Observable<Snapshot>>()
expectTypeOf(model.data).toEqualTypeOf<DataSummary | undefined>()
expectTypeOf<Preconditioning['resolve']>().parameter(0).toEqualTypeOf<DataSummary>()
expectTypeOf<SamplerState>().toExtend<{ readonly x: Tensor2D }>()
expectTypeOf<Slots>().toEqualTypeOf<Readonly<Record<string, Tensor>>>()

expectTypeOf(lint).parameter(1).toEqualTypeOf<LintOptions | undefined>()
expectTypeOf(lint('name: a')).toEqualTypeOf<Promise<Linted>>()
expectTypeOf<Linted['issues']>().toEqualTypeOf<readonly Issue[]>()
expectTypeOf(run).parameter(0).toEqualTypeOf<PipelineDeclaration>()
expectTypeOf<RunOptions['onEvent']>().toEqualTypeOf<((event: RunEvent) => void) | undefined>()
expectTypeOf(newRunId()).toEqualTypeOf<string>()

// A net may begin from weights that are given.
const given = defineNet({
  name: 'given', summary: 'A linear map.', example: 'net: { given: {} }', reference: 'https://example.org', config: z.strictObject({}),
  make: () => ({
    init: (_inputs: number, _outputs: number, draws: HostDraws): { w: HostArray } => {
      expectTypeOf(draws.normal([2], 1)).toExtend<HostArray>()
      return { w: float32([2, 2], new Float32Array(4)) }
    },
    apply: (_: { w: Tensor2D }, x) => x,
  }),
})

// Components, of whatever kind.
expectTypeOf(adam).toExtend<Unit<'optimizer'> | AnyUnit>()
expectTypeOf<LoadModelOptions['units']>().toEqualTypeOf<readonly AnyUnit[] | undefined>()
expectTypeOf([given, adam]).toExtend<readonly AnyUnit[]>()
expectTypeOf<AnyUnit>().toExtend<Required<Declaration>>()
expectTypeOf<AnyUnit['kind']>().toEqualTypeOf<Kind>()
expectTypeOf<AnyUnit['parts']>().toEqualTypeOf<readonly Part[]>()
expectTypeOf<Declared<object>['is']>().toEqualTypeOf<Instance>()
expectTypeOf<Parts>().toEqualTypeOf<Readonly<Record<string, unknown>>>()
expectTypeOf<OperatorFunction<RecordBatch, RecordBatch>>().toEqualTypeOf<ReturnType<typeof loss>>()
