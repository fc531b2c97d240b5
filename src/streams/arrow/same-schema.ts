/**
 * One schema for all batches of a stream: what encoders of files and of the wire rely on.
 */
import type { Field, RecordBatch, Schema } from 'apache-arrow'
import { fail } from '../../errors.ts'

/** Throws stream_schema if a batch has other columns than its stream, or nulls where the stream has none. */
export function checkSchema(batch: RecordBatch, schema: Schema): void {
  const { fields } = batch.schema
  if (fields.length !== schema.fields.length || schema.fields.some((field, i) => !isSame(field, fields[i] as Field))) {
    throw fail('stream_schema', { problem: `has the columns ${describe(batch.schema)} after batches of ${describe(schema)}` })
  }
  for (const [i, { name, nullable }] of schema.fields.entries()) {
    const nulls = batch.data.children[i]?.nullCount ?? 0
    if (!nullable && nulls > 0) throw fail('stream_schema', { problem: `has nulls in column ${name}, which is declared without` })
  }
}

const isSame = (a: Field, b: Field): boolean => a === b || (a.name === b.name && (a.type === b.type || String(a.type) === String(b.type)))

const describe = (schema: Schema): string => schema.fields.map(({ name, type }) => `${name} ${type}`).join(', ')
