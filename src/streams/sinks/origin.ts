/** Where rows come from, in the schema's metadata: `heatbath.pipeline`, `heatbath.seed` and the like. */
import { Schema } from 'apache-arrow'
import type { SinkContext } from './contract.ts'

/** The schema with what the context says of its origin; what it says itself stays. */
export function withOrigin(schema: Schema, { origin }: SinkContext): Schema {
  const added = Object.entries(origin).map(([key, value]) => [`heatbath.${key}`, value] as const)
  return new Schema(schema.fields, new Map([...added, ...schema.metadata]))
}
