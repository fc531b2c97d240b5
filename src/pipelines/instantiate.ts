/** Components of a declaration, made. Errors: component_failed for an imported one that throws. */
import { fail, HeatbathError } from '../errors.ts'
import type { Declared } from '../unit.ts'
import type { PartDeclaration } from './declaration.ts'

/** The component itself: what its unit makes of its config. */
export function instantiate<T>({ unit, config }: PartDeclaration): Declared<T> {
  try {
    return unit(config as never) as unknown as Declared<T>
  } catch (error) {
    if (error instanceof HeatbathError) throw error
    throw fail('component_failed', { component: `${unit.kind} ${unit.name}`, reason: error instanceof Error ? error.message : String(error) }, error)
  }
}

/** The parts of a component, made: by field, or by kind. */
export const instantiateParts = ({ parts }: PartDeclaration): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, instantiate(part)]))
