import { importsOf, type Skeleton } from './contract.ts'

export const preconditioning: Skeleton = {
  kind: 'preconditioning',
  extension: 'ts',
  text: ({ file, word, export: name }) => `/**
 * How a score is made of a net's output: say here how yours is.
 *
 *   s(x, σ) = f(x/√(1 + σ²), log σ)/σ
 *
 * Rows: x, s [rows, dim]; σ [rows].
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
    score(net, x, sigma) {
      const size = tf.expandDims(tf.sqrt(tf.add(1, tf.square(sigma))), 1)
      return tf.div(net(tf.div(x, size), tf.log(sigma)), tf.expandDims(sigma, 1))
    },
    resolve: (): Declared<Preconditioning> => ${name}({}), // nothing is left to the data
  }),
})
`,
}
