import { importsOf, type Skeleton } from './contract.ts'

export const energy: Skeleton = {
  kind: 'energy',
  extension: 'ts',
  text: ({ file, word, export: name }) => `/**
 * A spring in each coordinate: say here what yours is.
 *
 *   E(x) = ½ k Σ_i x_i²
 *
 * In a pipeline: import: [./${file}.ts], then energy: { ${word}: { dim: 2 } }.
 * Shapes: x [dim, chains]; E [chains].
 */
${importsOf('defineEnergy, z', 'tf')}

const Config = z.strictObject({
  dim: z.int().positive().default(2).meta({ description: 'Number of coordinates.' }),
  stiffness: z.number().positive().default(1).meta({ description: 'k.' }),
})

export const ${name} = defineEnergy({
  name: '${word}',
  summary: 'A spring in each coordinate.',
  config: Config,
  example: 'energy: { ${word}: { dim: 2, stiffness: 1 } }',
  reference: 'The paper or page that defines it.',
  make: ({ dim, stiffness }) => ({
    dim,
    energy: (x) => tf.mul(stiffness / 2, tf.sum(tf.square(x), 0)),
  }),
})
`,
}
