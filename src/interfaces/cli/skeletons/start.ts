import { importsOf, type Skeleton } from './contract.ts'

export const start: Skeleton = {
  kind: 'start',
  extension: 'ts',
  text: ({ file, word, export: name }) => `/**
 * Where chains begin: say here where yours do.
 *
 *   x ~ N(0, s² I)
 *
 * In a pipeline: import: [./${file}.ts], then start: { ${word}: { scale: 2 } }.
 */
${importsOf('defineStart, normal, z', 'tf')}

const Config = z.strictObject({
  scale: z.number().positive().default(1).meta({ description: 's: standard deviation of each coordinate.' }),
})

export const ${name} = defineStart({
  name: '${word}',
  summary: 'Independent Gaussian coordinates.',
  config: Config,
  example: 'start: { ${word}: { scale: 2 } }',
  reference: 'The paper or page that defines it.',
  make: ({ scale }) => ({
    draw: (key, shape) => tf.mul(scale, normal(key, shape)), // [dim, chains]
  }),
})
`,
}
