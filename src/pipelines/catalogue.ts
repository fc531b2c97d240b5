/** All components that a pipeline may name: those of heatbath, and those that its imports bring. */
import { adaptations } from '../models/adaptations/index.ts'
import { encodings } from '../streams/encodings/index.ts'
import { energies } from '../models/energies/index.ts'
import { losses } from '../models/losses/index.ts'
import { nets } from '../models/nets/index.ts'
import { noises } from '../models/noise/index.ts'
import { operators } from '../streams/operators/index.ts'
import { optimizers } from '../models/optimizers/index.ts'
import { preconditionings } from '../models/preconditioning/index.ts'
import { samplers } from '../models/samplers/index.ts'
import { schedules } from '../models/schedules/index.ts'
import { sinks } from '../streams/sinks/index.ts'
import { sources } from '../streams/sources/index.ts'
import { starts } from '../models/starts/index.ts'
import type { Declaration, Kind } from '../unit.ts'

/** A unit of any kind, whatever it is called with. */
export interface AnyUnit extends Required<Declaration> {
  readonly kind: Kind
  (config: never, ...parts: never[]): unknown
}

export class Catalogue {
  readonly #units: readonly AnyUnit[]

  constructor(units: readonly AnyUnit[]) {
    this.#units = units
  }

  /** This catalogue and further units; one of the same kind and name takes the place of ours. */
  with(units: readonly AnyUnit[]): Catalogue {
    const isReplaced = (unit: AnyUnit): boolean => units.some(({ kind, name }) => kind === unit.kind && name === unit.name)
    return new Catalogue([...this.#units.filter((unit) => !isReplaced(unit)), ...units])
  }

  kinds(): Kind[] {
    return [...new Set(this.#units.map(({ kind }) => kind))]
  }

  of(kind: Kind): readonly AnyUnit[] {
    return this.#units.filter((unit) => unit.kind === kind)
  }

  names(kind: Kind): string[] {
    return this.of(kind).map(({ name }) => name)
  }

  find(kind: Kind, name: string): AnyUnit | undefined {
    return this.#units.find((unit) => unit.kind === kind && unit.name === name)
  }

  /** Units of any kind with a name: a name may stand for several, `gaussian` for an energy and a start. */
  named(name: string): readonly AnyUnit[] {
    return this.#units.filter((unit) => unit.name === name)
  }
}

export const builtin = new Catalogue([
  ...energies, ...nets, ...noises, ...preconditionings, ...losses, ...optimizers, ...schedules, ...samplers, ...adaptations, ...starts,
  ...encodings, ...sources, ...operators, ...sinks,
])
