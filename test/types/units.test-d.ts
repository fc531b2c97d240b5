/** Types of components: what they are called with, and what they say of themselves. */
import { expectTypeOf } from 'vitest'
import {
  adam, annealedLangevin, cosine, defineEnergy, defineLoss, defineNoise, definePreconditioning, defineSampler, denoisingScoreMatching, doubleWell, edm, gaussian, gaussianMixture, geometric, langevin, mlp, observePosition, parquet, product, residualMlp, safetensors, sgd, sql,
  uniformStart, z, type Declared, type Energy, type Loss, type Net, type Noise, type Optimizer, type Preconditioning, type Sampler, type Schedule, type Start,
} from '../../src/index.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'

// Fields with a default may be left out; the instance says all of them.
expectTypeOf(adam).parameter(0).toEqualTypeOf<{ learning_rate?: number | undefined; beta1?: number | undefined; beta2?: number | undefined; epsilon?: number | undefined }>()
expectTypeOf(adam({}).is.config).toEqualTypeOf<{ learning_rate: number; beta1: number; beta2: number; epsilon: number }>()
expectTypeOf(langevin).parameter(0).toEqualTypeOf<{ step_size: number }>()
expectTypeOf(gaussian({}).is.config.scale).toEqualTypeOf<number | number[]>()
expectTypeOf(denoisingScoreMatching({}).is.config.weight).toEqualTypeOf<'sigma_squared' | 'edm' | 'min_snr' | 'one'>()
expectTypeOf(geometric({}).is.config.levels).toEqualTypeOf<number | 'auto'>()
expectTypeOf(parquet({ path: 'a' }).is.config.overwrite).toEqualTypeOf<boolean>()

// @ts-expect-error a field that has no default
langevin({})
// @ts-expect-error a config is given
langevin()
// @ts-expect-error a field of another type
langevin({ step_size: '0.1' })
// @ts-expect-error a field that is not there
doubleWell({ hight: 2 })
// @ts-expect-error none of the choices
denoisingScoreMatching({ weight: 'two' })
// @ts-expect-error a number, or auto
annealedLangevin({ step_size: 'automatic' })
// @ts-expect-error a field of a field
gaussianMixture({ components: [{ means: [1] }] })
// @ts-expect-error where there is no default
sql({ batch_rows: 10 })

// Components are made of components.
expectTypeOf(product({}, { of: [doubleWell({ dim: 2 }), gaussian({ dim: 2 })] })).toExtend<Declared<Energy>>()
// @ts-expect-error they are given
product({})
// @ts-expect-error and of their kind
product({}, { of: [langevin({ step_size: 1 })] })

// Components are of their kind.
expectTypeOf(doubleWell({})).toExtend<Declared<Energy>>()
expectTypeOf(mlp({})).toExtend<Declared<Net<never>>>()
expectTypeOf(residualMlp({})).toExtend<Declared<Net<never>>>()
expectTypeOf(geometric({})).toExtend<Declared<Noise>>()
expectTypeOf(edm({})).toExtend<Declared<Preconditioning>>()
expectTypeOf(denoisingScoreMatching({})).toExtend<Declared<Loss>>()
expectTypeOf(sgd({})).toExtend<Declared<Optimizer>>()
expectTypeOf(cosine({ steps: 1 })).toExtend<Declared<Schedule>>()
expectTypeOf(langevin({ step_size: 1 })).toExtend<Declared<Sampler>>()
expectTypeOf(uniformStart({})).toExtend<Declared<Start>>()
expectTypeOf(parquet({ path: 'a' }).takes).toEqualTypeOf<'stream'>()
expectTypeOf(safetensors({ path: 'a' }).takes).toEqualTypeOf<'model'>()
expectTypeOf(adam.kind).toEqualTypeOf<'optimizer'>()
expectTypeOf(doubleWell({})).not.toExtend<Sampler>()

// Those of one's own: the functions get the config, complete.
const about = { summary: 'A bowl.', example: 'energy: { bowl: {} }', reference: 'https://example.org' }
const bowl = defineEnergy({
  name: 'bowl',
  ...about,
  config: z.strictObject({ depth: z.number().default(1), dim: z.int() }),
  make: (config) => {
    expectTypeOf(config).toEqualTypeOf<{ depth: number; dim: number }>()
    return {
      dim: config.dim,
      energy: (x) => {
        expectTypeOf(x).toEqualTypeOf<Tensor2D>()
        return tf.sum<Tensor1D>(tf.square(x), 0)
      },
    }
  },
})
expectTypeOf(bowl).parameter(0).toEqualTypeOf<{ depth?: number | undefined; dim: number }>()
expectTypeOf(bowl({ dim: 2 })).toExtend<Declared<Energy>>()

// What leaves nothing to the data need not say so.
expectTypeOf(defineNoise({ name: 'half', ...about, config: z.strictObject({}), make: () => ({ levels: [0.5], draw: (_, rows) => tf.fill([rows], 0.5) }) })({})).toExtend<Declared<Noise>>()
expectTypeOf(definePreconditioning({ name: 'bare', ...about, config: z.strictObject({}), make: () => ({ noise: 'either', mean: 0, scales: (sigma) => ({ input: sigma, output: sigma, noise: sigma }) }) })({})).toExtend<Declared<Preconditioning>>()
expectTypeOf(defineLoss({ name: 'mute', ...about, config: z.strictObject({}), make: () => ({ reads: ['x'], needs: 'score', info: [], loss: (_, { x }) => ({ value: tf.sum(x), info: {} }) }) })({})).toExtend<Declared<Loss>>()

defineSampler({
  name: 'still',
  ...about,
  config: z.strictObject({}),
  make: () => ({ needs: 'score', info: {}, init: (x) => ({ x }), step: (_, state) => [state, {}], observe: observePosition }),
})
defineSampler({
  name: 'needy',
  ...about,
  config: z.strictObject({}),
  // @ts-expect-error targets offer a score, a density or levels
  make: () => ({ needs: 'samples', info: {}, init: (x) => ({ x }), step: (_, state) => [state, {}], observe: observePosition }),
})
// @ts-expect-error an energy says its dimension
defineEnergy({ name: 'nowhere', ...about, config: z.strictObject({}), make: () => ({ energy: (x: Tensor2D) => tf.sum<Tensor1D>(x, 0) }) })
// @ts-expect-error a component is described
defineEnergy({ name: 'mute', config: z.strictObject({}), make: () => bowl({ dim: 1 }) })
