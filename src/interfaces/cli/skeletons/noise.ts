import { importsOf, type Skeleton } from './contract.ts'

export const noise: Skeleton = {
  kind: 'noise',
  extension: 'ts',
  text: ({ file, word, export: name }) => `/**
 * Noise levels: say here which yours are.
 *
 *   σ_l = σ_1 l^(−p),   l = 1..L,   one level per row, uniform
 *
 * In a pipeline: import: [./${file}.ts], then noise: { ${word}: { largest: 8 } }.
 */
${importsOf('defineNoise, integers, z, type Declared, type Noise', 'tf, type Tensor1D')}

const Config = z.strictObject({
  largest: z.number().positive().default(8).meta({ description: 'σ_1.' }),
  levels: z.int().min(2).default(16).meta({ description: 'L.' }),
  power: z.number().positive().default(2).meta({ description: 'p.' }),
})

export const ${name} = defineNoise({
  name: '${word}',
  summary: 'Noise levels that fall as a power.',
  config: Config,
  example: 'noise: { ${word}: { largest: 8, levels: 16 } }',
  reference: 'The paper or page that defines it.',
  make(config) {
    const levels = Array.from({ length: config.levels }, (_, l) => config.largest * (l + 1) ** -config.power)
    return {
      levels,
      draw: (key, rows) => tf.gather(tf.tensor1d(levels), integers(key, [rows], levels.length) as Tensor1D),
      resolve: (): Declared<Noise> => ${name}(config), // nothing is left to the data
    }
  },
})
`,
}
