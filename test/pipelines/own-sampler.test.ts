/** A proposal of one's own, in a file that a pipeline imports: with its ratio it samples the energy, without it does not. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { expect, test } from 'vitest'
import { expectAgreement, expectRejection, meanP } from '../statistics/checks.ts'
import { attempt } from './faults/world.ts'

/** Half way to 0, and a normal step: x' = x/2 + ξ. */
const leaning = (ratio: string): string => `
import { defineSampler, metropolisHastings, normal, z } from 'heatbath'
import { tf } from 'heatbath/tf'

export const leaning = defineSampler({
  name: 'leaning', summary: 'Steps that lean toward 0.', example: 'sampler: { leaning: { pull: 0.5 } }', reference: 'Hastings 1970',
  config: z.strictObject({ pull: z.number().meta({ description: 'Share of the way.' }) }),
  make: ({ pull }) => metropolisHastings((key, before) => {
    const x = tf.add(tf.mul(1 - pull, before), normal(key, before.shape))
    const logQ = (to, from) => tf.mul(-0.5, tf.sum(tf.square(tf.sub(to, tf.mul(1 - pull, from))), 0))
    return { x, log_ratio: ${ratio} }
  }),
})
`

const YAML = `import: [./leaning.ts]
name: own
seed: 5
streams:
  particles:
    sample:
      energy: { gaussian: { dim: 2, scale: 0.8 } }
      sampler: { leaning: { pull: 0.5 } }
      start: { gaussian: { scale: 2 } }
      chains: 4000
      steps: 60
      every: 60
outputs:
  - { from: particles, arrow_file: { path: particles.arrows } }
`

async function positions(ratio: string): Promise<Float32Array> {
  const { error, exit, out } = await attempt({ yaml: YAML, files: { 'leaning.ts': leaning(ratio) } })
  expect([error, exit]).toEqual([undefined, 0])
  const table = tableFromIPC(readFileSync(path.join(out, 'particles.arrows')))
  return Float32Array.from([...(table.getChild('x0')?.toArray() as Float32Array), ...(table.getChild('x1')?.toArray() as Float32Array)])
}

test('runs from a pipeline, and is right', async () => {
  expectAgreement('variance', meanP(await positions('tf.sub(logQ(before, x), logQ(x, before))'), 0.64, (x) => x * x))
}, 120_000)

test('and wrong without its ratio', async () => {
  expectRejection('variance', meanP(await positions('tf.zerosLike(tf.sum(x, 0))'), 0.64, (x) => x * x))
}, 120_000)
