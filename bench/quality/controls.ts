/**
 * Judges images whose faults are known, and prints a JSON line for each: what the judge is able to see.
 *
 *   npm run judge-controls
 */
import { fileURLToPath } from 'node:url'
import { inlineExecutor, streamKey } from '../../src/engine/index.ts'
import { hostNormals } from '../../src/engine/rng/host-normals.ts'
import type { Points } from '../../src/models/diagnostics/contract.ts'
import { PIXELS, SIDE } from './classifier.ts'
import { openClassifier } from './classifier-file.ts'
import { readDigits, takeRows } from './digits.ts'
import { judge } from './judgement.ts'
import { rounded } from './rounded.ts'

const ROWS = 1000
const executor = inlineExecutor()
const classifier = await openClassifier(fileURLToPath(new URL('../../fixtures/mnist-classifier.safetensors', import.meta.url)), executor)
const [train, test] = [await readDigits('train'), await readDigits('test')]
const rows = (from: Points, at: (i: number) => number): Points => takeRows(from, Array.from({ length: ROWS }, (_, i) => at(i)))
const real = rows(test, (i) => 10 * i + 3) // not those of the reference, nor the held-out ones

const controls: Readonly<Record<string, () => Points>> = {
  'real digits': () => real,
  'noise of sd 0.2 added': () => added(0.2),
  'noise of sd 0.5 added': () => added(0.5),
  'blurred by 3x3': blurred,
  'mean of two digits': () => mapped((value, i) => (value + (real.values[(i + PIXELS) % real.values.length] as number)) / 2),
  'dimmed to one half': () => mapped((value) => value / 2),
  'one class': () => {
    const ones = [...test.labels.keys()].filter((row) => test.labels[row] === 1)
    return rows(test, (i) => ones[i] as number)
  },
  'ten digits, a hundred times each': () => rows(real, (i) => Math.floor(i / 100) * 100),
  'copies of training digits': () => rows(train, (i) => 60 * i),
}

for (const [control, images] of Object.entries(controls)) {
  const { samples } = await judge(images(), { train, test }, classifier, executor)
  console.log(JSON.stringify({ control, ...samples }, rounded))
}
await executor.close()

function mapped(f: (value: number, i: number) => number): Points {
  return { ...real, values: Float32Array.from(real.values, (value: number, i) => Math.min(1, Math.max(0, f(value, i)))) }
}

function added(sd: number): Points {
  const noise = hostNormals(streamKey(1, 'controls/noise'), real.values.length)
  return mapped((value, i) => value + sd * (noise[i] as number))
}

/** The mean of each pixel and those around it; outside is 0. */
function blurred(): Points {
  return mapped((_, i) => {
    const [image, y, x] = [i - (i % PIXELS), Math.floor((i % PIXELS) / SIDE), i % SIDE]
    let sum = 0
    for (let v = Math.max(0, y - 1); v <= Math.min(SIDE - 1, y + 1); v++) for (let u = Math.max(0, x - 1); u <= Math.min(SIDE - 1, x + 1); u++) sum += real.values[image + v * SIDE + u] as number
    return sum / 9
  })
}
