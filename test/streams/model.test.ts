/** A model is made of what fits together. */
import { expect, test } from 'vitest'
import { mlp, Model, none, type Variable } from '../../src/index.ts'

const made = (dim: number, ...variables: readonly Variable[]): Model => Model.create('points', { dim, variables, net: mlp({ width: 4, layers: 1 }), preconditioning: none({}) })

test.each<[string, number, readonly Variable[], string]>([
  ['a variable too few', 3, [{ name: 'x0' }, { name: 'x1' }], 'model points got the variables have 2 coordinates, not 3'],
  ['one too many', 2, [{ name: 'x0' }, { name: 'image', shape: [2, 2] }], 'model points got the variables have 5 coordinates, not 2'],
  ['none', 1, [], 'model points got the variables have 0 coordinates, not 1'],
])('%s is refused', (_, dim, variables, message) => {
  expect(() => made(dim, ...variables)).toThrow(expect.objectContaining({ code: 'config_invalid', message }) as Error)
})

test('variables of all coordinates are taken', () => {
  expect(made(5, { name: 'x0' }, { name: 'image', shape: [2, 2] }).spec.dim).toBe(5)
})
