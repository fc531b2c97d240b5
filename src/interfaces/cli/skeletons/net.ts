import { importsOf, type Skeleton } from './contract.ts'

export const net: Skeleton = {
  kind: 'net',
  extension: 'ts',
  text: ({ file, word, export: name }) => `/**
 * One hidden layer on [x, c]: say here what yours is.
 *
 *   f(x, c) = tanh([x, c] W + b) V
 *
 * c says how much noise x carries. Rows throughout: x [rows, inputs], f [rows, outputs]; c [rows].
 * In a pipeline: import: [./${file}.ts], then net: { ${word}: { width: 64 } }.
 */
${importsOf('defineNet, z', 'tf, type Tensor1D, type Tensor2D')}

const Config = z.strictObject({
  width: z.int().positive().default(64).meta({ description: 'Units of the hidden layer.' }),
})

interface Parameters {
  readonly w: Tensor2D
  readonly b: Tensor1D
  readonly v: Tensor2D
}

export const ${name} = defineNet({
  name: '${word}',
  summary: 'One hidden layer of tanh units.',
  config: Config,
  example: 'net: { ${word}: { width: 64 } }',
  reference: 'The paper or page that defines it.',
  make: ({ width }) => ({
    init: (inputs, outputs, draws) => ({
      w: draws.normal([inputs + 1, width], 1 / Math.sqrt(inputs + 1)),
      b: draws.fill([width], 0),
      v: draws.normal([width, outputs], 1 / Math.sqrt(width)),
    }),
    apply({ w, b, v }: Parameters, x, { noise: c }) {
      const input = tf.concat2d([x, tf.expandDims(c, 1)], 1)
      return tf.matMul(tf.tanh(tf.add<Tensor2D>(tf.matMul(input, w), b)), v)
    },
  }),
})
`,
}
