/** Every form of op computes compiled what it computes op by op, and so do its derivatives. */
import { expect, test } from 'vitest'
import { needs } from '../needs.ts'
import { compiled, difference, eagerly } from './both.ts'
import { derivativesOf, FORMS } from './forms.ts'
import type { Tensor } from '../../src/engine/tf.ts'

needs('tensorflow')

test.each(FORMS)('$name', async (form) => {
  const f = (inputs: Tensor[]): unknown => derivativesOf(form, inputs)
  expect(difference(await compiled(f, form.inputs), await eagerly(f, form.inputs))).toBeLessThan(1e-5)
})
