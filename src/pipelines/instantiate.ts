/** Components of a declaration, made. */
import type { Declared } from '../unit.ts'
import { isList, type PartDeclaration } from './declaration.ts'

/** The component itself: what its unit makes of its config and its parts. */
export const instantiate = <T>(part: PartDeclaration): Declared<T> => part.unit(part.config as never, instantiateParts(part) as never) as unknown as Declared<T>

/** The parts of a component, made: by field, or by kind. */
export const instantiateParts = ({ parts }: PartDeclaration): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parts).map(([name, inner]) => [name, isList(inner) ? inner.map(instantiate) : instantiate(inner)]))
