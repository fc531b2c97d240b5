import { afterAll, expect, test } from 'vitest'
import { nearestDistances } from '../../../bench/quality/nearest.ts'
import { defaultExecutor } from '../../../src/engine/index.ts'
import type { Points } from '../../../src/models/diagnostics/contract.ts'
import { squaredDistance } from '../../../src/models/diagnostics/distances.ts'
import { pointsIn } from '../../../src/models/diagnostics/points.ts'
import { gaussianPoints } from '../../models/diagnostics/points.ts'

const executor = defaultExecutor()
afterAll(() => executor.close())

const copies = (points: Points, rows: readonly number[]): Points =>
  pointsIn(Float64Array.from(rows.flatMap((row) => [...points.values.subarray(row * points.dim, (row + 1) * points.dim)])), points.dim)

test('agrees with looking at all pairs, over several blocks of each', async () => {
  const [a, b] = [gaussianPoints(1, 'a', 520, 3), gaussianPoints(2, 'b', 6100, 3)]
  const found = await nearestDistances(a, b, executor)
  const known = Float64Array.from({ length: 520 }, (_, i) => {
    let least = Infinity
    for (let j = 0; j < 6100; j++) least = Math.min(least, squaredDistance(a, i, b, j))
    return Math.sqrt(least)
  })
  // Neighbours as far as each other to 1e-6 of the squared norms may be taken for each other.
  expect(Math.max(...found.map((distance, i) => Math.abs(distance ** 2 - (known[i] as number) ** 2)))).toBeLessThan(1e-4)
})

test('a copy has distance 0', async () => {
  const others = gaussianPoints(2, 'b', 100, 20)
  expect([...await nearestDistances(copies(others, [7, 93]), others, executor)]).toEqual([0, 0])
})
