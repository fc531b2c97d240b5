/**
 * The posterior of a logistic regression on the rows of a stream.
 *
 *   E(w) = |w|²/(2s²) + Σ_rows log(1 + exp(−y z·w)),   y = ±1,  z = (1, features)
 *
 * The label is a column of 0 and 1; features are taken as they are, or standardised. Coordinates:
 * intercept, then one for each feature, under its own name.
 * Errors: data_empty; data_column for columns that are not there, or a label that is not 0 or 1; data_not_finite.
 */
import { z } from 'zod'
import { fail } from '../../errors.ts'
import { tf, type Tensor1D, type Tensor2D } from '../../engine/tf.ts'
import { nameOf } from '../../unit.ts'
import { defineEnergy, type DataEnergy, type Rows } from './contract.ts'

const INTERCEPT = 'intercept'

const Config = z.strictObject({
  data: nameOf('stream', 'The stream whose rows are the data.'),
  label: z.string().meta({ description: 'Column of what is predicted, 0 or 1.' }),
  features: z.array(z.string()).nonempty().meta({ description: 'Columns that it is predicted from.' }),
  prior_scale: z.number().positive().default(2.5).meta({ description: 's: standard deviation of the prior of each coefficient.' }),
  standardise: z.boolean().default(true).meta({ description: 'Whether features are brought to mean 0 and standard deviation 1 first.' }),
}).superRefine(({ features }, context) => {
  features.forEach((name, i) => {
    if (features.indexOf(name) < i) context.addIssue({ code: 'custom', path: ['features', i], message: `${name} is among them already` })
    if (name === INTERCEPT) context.addIssue({ code: 'custom', path: ['features', i], message: `${name} is the name of the coordinate that every row has` })
  })
})

export const logisticRegression = defineEnergy({
  name: 'logistic_regression',
  summary: 'The posterior of a logistic regression on given data.',
  config: Config,
  example: 'energy: { logistic_regression: { data: rows, label: survived, features: [age, fare] } }',
  reference: 'Gelman et al. 2008, https://doi.org/10.1214/08-AOAS191',
  make: ({ data, label, features, prior_scale, standardise }): DataEnergy => ({
    data,
    given(rows) {
      if (rows.count === 0) throw fail('data_empty', { stream: data })
      const signs = signsOf(rows, label)
      const columns = features.map((name) => (standardise ? standardised(rows.column(name)) : rows.column(name)))
      const dim = 1 + features.length
      // Each row times its sign: [rows, dim].
      const signed = Float32Array.from({ length: rows.count * dim }, (_, i) => {
        const [row, j] = [Math.floor(i / dim), i % dim]
        return (signs[row] as number) * (j === 0 ? 1 : (columns[j - 1]?.[row] as number))
      })
      return {
        dim,
        variables: [{ name: INTERCEPT }, ...features.map((name) => ({ name }))],
        energy(w): Tensor1D {
          const margins = tf.matMul(tf.tensor2d(signed, [rows.count, dim]), w) as Tensor2D // [rows, chains]
          return tf.add(tf.div(tf.sum<Tensor1D>(tf.square(w), 0), 2 * prior_scale ** 2), tf.sum(tf.softplus(tf.neg(margins)), 0))
        },
      }
    },
  }),
})

function signsOf(rows: Rows, label: string): Float64Array {
  return rows.column(label).map((value, row) => {
    if (value !== 0 && value !== 1) throw fail('data_column', { column: label, problem: `is ${value} in row ${row}, neither 0 nor 1` })
    return 2 * value - 1
  })
}

function standardised(column: Float64Array): Float64Array {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length
  const sd = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length) || 1
  return column.map((value) => (value - mean) / sd)
}
