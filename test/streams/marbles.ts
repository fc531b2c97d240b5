/** Marble tests of streams of batches: values are compared by their rows, errors by their codes. */
import { RecordBatch } from 'apache-arrow'
import type { RunHelpers } from 'rxjs/internal/testing/TestScheduler'
import { TestScheduler } from 'rxjs/testing'
import { expect } from 'vitest'
import { HeatbathError } from '../../src/errors.ts'
import { rowsOf } from './arrow/arbitrary-batches.ts'

export function marbles(test: (helpers: RunHelpers) => void): void {
  new TestScheduler((actual, expected) => {
    expect(comparable(actual)).toEqual(comparable(expected))
  }).run(test)
}

function comparable(value: unknown): unknown {
  if (value instanceof RecordBatch) return rowsOf(value)
  if (value instanceof HeatbathError) return { code: value.code }
  if (Array.isArray(value)) return value.map(comparable)
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, comparable(inner)]))
  return value
}
