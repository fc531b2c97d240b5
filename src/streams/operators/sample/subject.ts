/** What chains run on: an energy, or a model with parameters that may change between runs. */
import type { Energy } from '../../../models/energies/contract.ts'
import { energyTarget, type Target } from '../../../models/target.ts'
import type { Cost } from './blocks.ts'

export interface Subject {
  /** Programs are shared by subjects with the same identity and text. */
  readonly identity: object
  readonly text: string
  /** Named in errors. */
  readonly name: string
  readonly cost: Cost
  /** A tree of arrays, fed at every call; undefined if there are none. */
  readonly parameters?: unknown
  /** The target, given the parameters as tensors. Its names and sizes do not depend on them. */
  target(parameters?: unknown): Target
}

export function energySubject(energy: Energy & { readonly is?: { readonly name: string } }, temperature: number): Subject {
  return {
    identity: energy,
    text: `temperature ${temperature}`,
    name: energy.is?.name ?? 'an energy',
    cost: 'elementwise',
    target: () => energyTarget(energy, temperature),
  }
}
