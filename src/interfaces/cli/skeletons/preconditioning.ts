import { importsOf, type Skeleton } from './contract.ts'

export const preconditioning: Skeleton = {
  kind: 'preconditioning',
  extension: 'ts',
  text: ({ file, word, export: name }) => `/**
 * How a score is made of a net's output: say here how yours is.
 *
 *   s(x, σ) = f(x/√(1 + σ²), log σ)/σ
 *
 * The same scales make an energy of a net with one output. Shapes: σ and scales [rows].
 * In a pipeline: import: [./${file}.ts], then precondition: ${word}.
 */
${importsOf('definePreconditioning, z, type Declared, type Preconditioning', 'tf')}

const Config = z.strictObject({})

export const ${name} = definePreconditioning({
  name: '${word}',
  summary: 'The net sees rows of about unit size.',
  config: Config,
  example: 'precondition: ${word}',
  reference: 'The paper or page that defines it.',
  make: () => ({
    noise: 'with', // it is for models with noise
    mean: 0, // subtracted from x first
    scales: (sigma) => ({
      input: tf.rsqrt(tf.add(1, tf.square(sigma))), // what the net's input is multiplied by
      output: tf.reciprocal(sigma), // what its output is multiplied by
      noise: tf.log(sigma), // what it is told of the noise
    }),
    resolve: (): Declared<Preconditioning> => ${name}({}), // nothing is left to the data
  }),
})
`,
}
