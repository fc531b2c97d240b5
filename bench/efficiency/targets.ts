/** What effective sizes are measured on. The peer has its own writing of each, under the same name. */
import { eightSchools, gaussian, type Energy } from '../../src/index.ts'
import type { Declared } from '../../src/unit.ts'

export interface Measured {
  readonly name: string
  readonly energy: Declared<Energy>
  /** Means and standard deviations of coordinates: by their index, and how far draws may be from them in standard deviations. */
  readonly truth: readonly { readonly coordinate: number; readonly mean: number; readonly sd: number; readonly tolerance: number }[]
}

const DIM = 50
/** From .1 to 10. */
const scale = Array.from({ length: DIM }, (_, i) => 10 ** (-1 + (2 * i) / (DIM - 1)))

export const targets: readonly Measured[] = [
  {
    name: 'gaussian50',
    energy: gaussian({ dim: DIM, scale, correlation: 0.9 }),
    truth: scale.map((sd, coordinate) => ({ coordinate, mean: 0, sd, tolerance: 0.25 })),
  },
  {
    name: 'eight_schools',
    energy: eightSchools({}),
    // Of mu and tau, by quadrature (the effects can be integrated out). The spread of tau, whose tail is heavy, is known less well from draws.
    truth: [{ coordinate: 0, mean: 4.397, sd: 3.318, tolerance: 0.25 }, { coordinate: 1, mean: 3.598, sd: 3.22, tolerance: 0.5 }],
  },
]
