import { importsOf, type Skeleton } from './contract.ts'

export const schedule: Skeleton = {
  kind: 'schedule',
  extension: 'ts',
  text: ({ file, word, export: name }) => `/**
 * What a learning rate is multiplied by: say here what yours is.
 *
 *   1/√(1 + t/n)
 *
 * In a pipeline: import: [./${file}.ts], then
 * optimize: { model: NAME, adam: {}, schedule: { ${word}: { steps: 1000 } } }.
 */
${importsOf('defineSchedule, z', 'tf, type Scalar')}

const Config = z.strictObject({
  steps: z.int().positive().default(1000).meta({ description: 'n: updates after which the rate has fallen by √2.' }),
})

export const ${name} = defineSchedule({
  name: '${word}',
  summary: 'A learning rate that falls as one over a square root.',
  config: Config,
  example: 'schedule: { ${word}: { steps: 1000 } }',
  reference: 'The paper or page that defines it.',
  make: ({ steps }) => ({
    factor: (step) => tf.rsqrt(tf.add<Scalar>(1, tf.div(step, steps))), // step [] counts updates from 1
  }),
})
`,
}
