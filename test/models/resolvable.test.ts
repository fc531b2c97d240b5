/** Noises, losses and preconditionings of one's own that leave nothing to the data. */
import { expect, test } from 'vitest'
import { defineLoss, defineNoise, definePreconditioning, geometric, z } from '../../src/index.ts'
import { tf } from '../../src/engine/tf.ts'
import { DATA } from '../conformance/resolve.ts'

const about = { summary: 'One of one\'s own.', example: 'own: {}', reference: 'https://example.org' }
const config = z.strictObject({ level: z.number().default(0.5) })
const half = defineNoise({ name: 'half', ...about, config, make: ({ level }) => ({ levels: [level], draw: (_, rows) => tf.fill([rows], level) }) })
const bare = definePreconditioning({ name: 'bare', ...about, config, make: () => ({ noise: 'either', mean: 0, scales: (sigma) => ({ input: sigma, output: sigma, noise: sigma }) }) })
const mute = defineLoss({ name: 'mute', ...about, config, make: () => ({ reads: ['x'], needs: 'score', info: [], loss: (_, { x }) => ({ value: tf.sum(x), info: {} }) }) })

test.each([half({ level: 2 }), bare({}), mute({})])('$is.name is itself once the data are known', (component) => {
  const { resolve } = component
  expect(resolve(DATA)).toBe(component)
})

test('one that says what becomes of it does', () => {
  const wide = defineNoise({ name: 'wide', ...about, config, make: () => ({ levels: [1], draw: (_, rows) => tf.ones([rows]), resolve: ({ sd }) => geometric({ largest: 2 * sd, smallest: sd, levels: 2 }) }) })
  expect(wide({}).resolve(DATA).levels).toEqual([4, 2])
})
