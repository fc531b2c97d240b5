/**
 * Several targets side by side: one energy over the coordinates of all.
 *
 *   E(x) = Σ_i τ/τ_i E_i(x_i)   at temperature τ
 *
 * The targets are independent under it, each with its own temperature, support and start.
 */
import { split } from '../../src/engine/index.ts'
import { tf, type Tensor, type Tensor2D, type Tensor3D } from '../../src/engine/tf.ts'
import type { Energy } from '../../src/models/energies/contract.ts'
import type { DrawnStart } from '../../src/models/starts/contract.ts'
import { intervalsOf } from '../../src/models/support.ts'
import { energyTarget } from '../../src/models/target.ts'
import type { Declared } from '../../src/unit.ts'
import type { KnownTarget } from './targets.ts'
import type { Coordinates } from './truths.ts'

/** τ of all together: not 1, so that a sampler has to heed it. */
const TEMPERATURE = 2

export interface SideBySide {
  readonly energy: Declared<Energy>
  readonly temperature: number
  readonly start: Declared<DrawnStart>
  /** The coordinates of one of them. */
  of(target: KnownTarget, draws: Coordinates): Coordinates
}

export function sideBySide(targets: readonly KnownTarget[]): SideBySide {
  const firsts = targets.map((_, i) => targets.slice(0, i).reduce((sum, { energy }) => sum + energy.dim, 0))
  const names = targets.map(({ name }) => name)
  const part = (x: Tensor2D, i: number): Tensor2D => tf.slice(x, [firsts[i] as number, 0], [targets[i]?.energy.dim as number, -1])
  const weighed = <T extends Tensor>({ temperature }: KnownTarget, energies: T): T => tf.mul(TEMPERATURE / temperature, energies)
  return {
    temperature: TEMPERATURE,
    energy: {
      ...discreteOf(targets, (one, i, x) => weighed(one, one.energy.discrete?.conditionals?.(part(x, i)) as Tensor)),
      is: { kind: 'energy', name: 'side by side', config: names },
      dim: targets.reduce((sum, { energy }) => sum + energy.dim, 0),
      variables: targets.flatMap(({ name, energy }) => Array.from({ length: energy.dim }, (_, i) => ({ name: `${name}_${i}` }))),
      support: targets.flatMap(({ energy }) => intervalsOf(energy.support ?? {}, energy.dim)),
      energy: (x) => tf.addN(targets.map((one, i) => weighed(one, one.energy.energy(part(x, i))))),
    },
    start: {
      is: { kind: 'start', name: 'side by side', config: names },
      draw(key, [, chains]) {
        const keys = split(key, targets.length)
        return tf.concat(targets.map(({ energy, temperature, start }, i) =>
          start.draw(keys[i] as (typeof keys)[0], [energy.dim, chains], energyTarget(energy, temperature))), 0)
      },
    },
    of: (target, draws) => {
      const first = firsts[targets.indexOf(target)] as number
      return draws.slice(first, first + target.energy.dim)
    },
  }
}

/** Of discrete coordinates, which take the same values in all targets; with conditionals if each has them. */
function discreteOf(targets: readonly KnownTarget[], conditionals: (one: KnownTarget, i: number, x: Tensor2D) => Tensor): Pick<Energy, 'discrete'> {
  const own = targets.flatMap(({ energy: { discrete } }) => (discrete === undefined ? [] : [discrete]))
  const [first] = own
  if (first === undefined) return {}
  if (own.some(({ conditionals: known }) => known === undefined)) return { discrete: { values: first.values } }
  return {
    discrete: {
      values: first.values,
      classes: own.flatMap(({ classes }) => classes as readonly number[]),
      conditionals: (x) => tf.concat(targets.map((one, i) => conditionals(one, i, x)), 1) as Tensor3D,
    },
  }
}
