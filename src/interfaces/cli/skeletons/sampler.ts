import { importsOf, type Skeleton } from './contract.ts'

export const sampler: Skeleton = {
  kind: 'sampler',
  extension: 'ts',
  text: ({ file, word, export: name }) => `/**
 * Langevin dynamics: say here what yours is.
 *
 *   x' = x + η s(x) + √(2η) ξ,   ξ ~ N(0, I),   s = −∇E/τ
 *
 * In a pipeline: import: [./${file}.ts], then sampler: { ${word}: { step_size: 0.01 } }.
 * Shapes: x [dim, chains].
 */
${importsOf('defineSampler, normal, observePosition, z', 'tf, type Tensor2D')}

const Config = z.strictObject({
  step_size: z.number().positive().default(0.01).meta({ description: 'η, in units of x².' }),
})

export const ${name} = defineSampler({
  name: '${word}',
  summary: 'Langevin dynamics without a Metropolis test.',
  config: Config,
  example: 'sampler: { ${word}: { step_size: 0.01 } }',
  reference: 'The paper or page that defines it.',
  make: ({ step_size }) => ({
    needs: 'score', // or density: a Metropolis test needs the energy; or levels: a model over noise levels
    info: {},
    init: (x) => ({ x }),
    step(key, { x }, target) {
      const drift = tf.add<Tensor2D>(x, tf.mul(step_size, target.score(x)))
      return [{ x: tf.add(drift, tf.mul(Math.sqrt(2 * step_size), normal(key, x.shape))) }, {}]
    },
    observe: observePosition,
  }),
})
`,
}
