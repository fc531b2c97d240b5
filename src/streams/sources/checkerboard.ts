/**
 * The dark squares of a checkerboard, evenly filled.
 *
 * Square (i, j) of n × n is dark where i + j is even; the board reaches from −r to r. Each coordinate
 * alone is uniform, the two together are not. Mean 0, variance r²/3 in each.
 * Columns: x0, x1 float32. Row i is a pure function of (seed, stream, i).
 */
import { z } from 'zod'
import { defineSource } from './contract.ts'
import { GENERATED, pointsInPlane } from './plane.ts'

const Config = z.strictObject({
  ...GENERATED,
  radius: z.number().positive().default(4).meta({ description: 'r: half the width of the board.' }),
  squares: z.int().positive().multipleOf(2).max(1000).default(4).meta({ description: 'n: squares along a side, an even number.' }),
})

export const checkerboard = defineSource({
  name: 'checkerboard',
  summary: 'Points on the dark squares of a checkerboard.',
  config: Config,
  example: 'source: { checkerboard: { rows: 10000, squares: 4 } }',
  reference: 'Grathwohl et al. 2019, https://arxiv.org/abs/1810.01367',
  open: ({ radius, squares, ...generated }, context) => pointsInPlane('checkerboard', generated, context, (draws, row) => {
    const i = draws.below(squares, row, 0)
    const j = 2 * draws.below(squares / 2, row, 1) + (i % 2)
    const at = (square: number, within: number): number => radius * ((2 * (square + within)) / squares - 1)
    return [at(i, draws.uniform(row, 2)), at(j, draws.uniform(row, 3))]
  }),
})
