/** Components of a declaration, made. Errors: component_failed for an imported one that throws. */
import { fail, HeatbathError } from '../errors.ts'
import type { Declared } from '../unit.ts'
import { isList, type PartDeclaration } from './declaration.ts'

/** The component itself: what its unit makes of its config and its parts. */
export function instantiate<T>(part: PartDeclaration): Declared<T> {
  const { unit, config } = part
  const parts = instantiateParts(part)
  try {
    return unit(config as never, parts as never) as unknown as Declared<T>
  } catch (error) {
    if (error instanceof HeatbathError) throw error
    throw fail('component_failed', { component: `${unit.kind} ${unit.name}`, reason: error instanceof Error ? error.message : String(error) }, error)
  }
}

/** The parts of a component, made: by field, or by kind. */
export const instantiateParts = ({ parts }: PartDeclaration): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parts).map(([name, inner]) => [name, isList(inner) ? inner.map(instantiate) : instantiate(inner)]))
