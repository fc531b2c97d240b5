import { importsOf, type Skeleton } from './contract.ts'

export const loss: Skeleton = {
  kind: 'loss',
  extension: 'ts',
  text: ({ file, word, export: name }) => `/**
 * A loss of a score on perturbed rows: say here what yours is.
 *
 *   L = E[ ρ(σ s(x + σξ, σ) + ξ) ],   ρ Huber's function
 *
 * Shapes: x, noise, score [rows, dim]; sigma [rows]; the loss [].
 * In a pipeline: import: [./${file}.ts], then loss: { model: NAME, ${word}: {} }.
 */
${importsOf('defineLoss, z, type Declared, type Loss', 'tf, type Scalar')}

const Config = z.strictObject({
  bend: z.number().positive().default(1).meta({ description: 'Where ρ goes from a square to a line.' }),
})

export const ${name} = defineLoss({
  name: '${word}',
  summary: 'Denoising score matching that large residuals do not dominate.',
  config: Config,
  example: 'loss: { model: digits, ${word}: { bend: 1 } }',
  reference: 'The paper or page that defines it.',
  make: ({ bend }) => ({
    reads: ['x', 'noise', 'sigma'], // columns of the batch
    needs: 'score',
    info: [], // names of further means, which \`loss\` returns as info: columns of the training stream
    resolve: (): Declared<Loss> => ${name}({ bend }), // nothing is left to the data
    loss({ score }, { x, noise, sigma }) {
      const size = tf.abs(tf.add(tf.mul(score(x, sigma), tf.expandDims(sigma, 1)), noise))
      const within = tf.minimum(size, bend)
      const rho = tf.mul(within, tf.sub(size, tf.mul(0.5, within)))
      return { value: tf.mean<Scalar>(tf.sum(rho, 1)), info: {} }
    },
  }),
})
`,
}
