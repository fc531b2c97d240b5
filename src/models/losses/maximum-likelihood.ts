/**
 * Maximum likelihood of an energy, its gradient estimated by samples of the model.
 *
 *   L = (⟨E(x)⟩ − ⟨E(x⁻)⟩)/τ + α (⟨E(x)²⟩ + ⟨E(x⁻)²⟩)
 *
 * Its gradient is that of −⟨log p⟩ where the negatives x⁻ are samples of the model: no gradient
 * passes through them. L itself is no likelihood. α keeps energies near zero, where only their
 * differences matter. On data of variance v, E = θx²/2 ends at θ = τ/v.
 * Shapes: x, negatives [rows, dim].
 */
import { z } from 'zod'
import { tf, type Scalar } from '../../engine/tf.ts'
import { defineLoss, energyOf } from './contract.ts'

const Config = z.strictObject({
  temperature: z.number().positive().default(1).meta({ description: 'τ: that of the negatives.' }),
  energy_decay: z.number().nonnegative().default(0).meta({ description: 'α: weight of the squared energies.' }),
})

export const maximumLikelihood = defineLoss({
  name: 'maximum_likelihood',
  summary: 'Lowers the energy of data and raises that of the model\'s own samples.',
  config: Config,
  example: 'loss: { model: moons, maximum_likelihood: { energy_decay: 0.1 } }',
  reference: 'Hinton 2002, https://doi.org/10.1162/089976602760128018; Du & Mordatch 2019, https://arxiv.org/abs/1903.08689',
  make: ({ temperature, energy_decay }) => ({
    reads: ['x', 'negatives'],
    needs: 'energy',
    info: ['energy_data', 'energy_negatives'],
    loss(model, { x, negatives }) {
      const energy = energyOf(model)
      const [data, drawn] = [energy(x), energy(negatives)]
      const [energy_data, energy_negatives] = [tf.mean<Scalar>(data), tf.mean<Scalar>(drawn)]
      const contrast = tf.div<Scalar>(tf.sub(energy_data, energy_negatives), temperature)
      const squares = tf.add<Scalar>(tf.mean(tf.square(data)), tf.mean(tf.square(drawn)))
      return { value: energy_decay === 0 ? contrast : tf.add(contrast, tf.mul(energy_decay, squares)), info: { energy_data, energy_negatives } }
    },
  }),
})
