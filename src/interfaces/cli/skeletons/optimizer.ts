import { importsOf, type Skeleton } from './contract.ts'

export const optimizer: Skeleton = {
  kind: 'optimizer',
  extension: 'ts',
  text: ({ file, word, export: name }) => `/**
 * What becomes of a gradient: say here what yours does.
 *
 *   u = μ u + g,   Δθ = −α sign(u)
 *
 * One parameter array at a time. In a pipeline: import: [./${file}.ts], then
 * optimize: { model: NAME, ${word}: { learning_rate: 0.001 } }.
 */
${importsOf('defineOptimizer, z', 'tf')}

const Config = z.strictObject({
  learning_rate: z.number().positive().default(0.001).meta({ description: 'α.' }),
  momentum: z.number().gte(0).lt(1).default(0.9).meta({ description: 'μ.' }),
})

export const ${name} = defineOptimizer({
  name: '${word}',
  summary: 'Steps of one size, in the direction of the momentum.',
  config: Config,
  example: 'optimize: { model: digits, ${word}: { learning_rate: 0.001 } }',
  reference: 'The paper or page that defines it.',
  make: ({ learning_rate, momentum }) => ({
    learning_rate,
    slots: ['velocity'], // arrays of the parameter's shape, 0 at the start
    update(gradient, slots, _parameter, rate) {
      const velocity = tf.add(tf.mul(slots.velocity as typeof gradient, momentum), gradient)
      return [tf.mul(tf.sign(velocity), tf.neg(rate)), { velocity }]
    },
  }),
})
`,
}
