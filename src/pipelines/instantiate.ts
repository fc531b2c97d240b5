/** Components of a declaration, made. */
import type { Declared } from '../unit.ts'
import type { PartDeclaration } from './declaration.ts'

/** The component itself: what its unit makes of its config. */
export const instantiate = <T>({ unit, config }: PartDeclaration): Declared<T> => unit(config as never) as unknown as Declared<T>

/** The parts of a component, made: by field, or by kind. */
export const instantiateParts = ({ parts }: PartDeclaration): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, instantiate(part)]))
