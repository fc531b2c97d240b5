/** Training that goes on from a model of an earlier run. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { expect, test } from 'vitest'
import { points } from './faults/good.ts'
import { attempt, type Outcome } from './faults/world.ts'

const NET = `    net: { mlp: { width: 8, layers: 1 } }
    noise: { geometric: { largest: 4, smallest: 0.1, levels: 4 } }
    precondition: edm`
const AS_ARROW = ['parquet: { path: training.parquet }', 'arrow_file: { path: training.arrows }'] as const

const losses = ({ out }: Outcome): number[] => [...tableFromIPC(readFileSync(path.join(out, 'training.arrows'))).getChild('loss') as Iterable<number>]
const steps = ({ out }: Outcome): number[] => [...tableFromIPC(readFileSync(path.join(out, 'training.arrows'))).getChild('step') as Iterable<bigint>].map(Number)
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

test('begins where that model ended, and counts its steps anew', async () => {
  const long = await attempt({ yaml: points(['epochs: 2', 'epochs: 60'], AS_ARROW) })
  expect(long.error).toBeUndefined()
  const file = readFileSync(path.join(long.out, 'points.safetensors'))
  const on = await attempt({ yaml: points([NET, '    file: earlier.safetensors'], AS_ARROW), files: { 'earlier.safetensors': file } })
  expect([on.error, steps(on)]).toEqual([undefined, [1, 2, 3, 4, 5, 6, 7, 8]])
  const cold = await attempt({ yaml: points(AS_ARROW) })
  const [before, begun] = [mean(losses(long).slice(-32)), mean(losses(cold))]
  expect(mean(losses(on)) - before).toBeLessThan((begun - before) / 2)
  expect(readFileSync(path.join(on.out, 'points.safetensors')).equals(file)).toBe(false)
})
