/** Particle streams, gathered: what a test looks at. */
import { createHash } from 'node:crypto'
import type { RecordBatch } from 'apache-arrow'
import { lastValueFrom, toArray, type Observable } from 'rxjs'
import { DeviceArray, leaves, type Executor } from '../../../../src/engine/index.ts'

export const gather = (stream$: Observable<RecordBatch>): Promise<RecordBatch[]> => lastValueFrom(stream$.pipe(toArray()))

/** A column of all batches, as numbers; null where there is none. */
export const column = (batches: readonly RecordBatch[], name: string): (number | null)[] =>
  batches.flatMap((batch) => {
    const vector = batch.getChild(name)
    return Array.from({ length: batch.numRows }, (_, i) => {
      const value = vector?.get(i) as number | bigint | boolean | null
      return value === null ? null : Number(value)
    })
  })

/** The bits of the given columns (the coordinates unless said otherwise) at each step, as a digest; NaNs are alike. */
export function digests(batches: readonly RecordBatch[], names = coordinates(batches)): Map<number, string> {
  const hashes = new Map<number, ReturnType<typeof createHash>>()
  for (const batch of batches) {
    const step = Number(batch.getChild('step')?.get(0))
    const hash = hashes.get(step) ?? createHash('sha256')
    hashes.set(step, hash)
    for (const name of names) {
      const vector = batch.getChild(name)
      hash.update(JSON.stringify(Array.from({ length: batch.numRows }, (_, i) => {
        const value = vector?.get(i) as number | { toArray(): Float32Array } | null
        return value !== null && typeof value === 'object' ? Array.from(value.toArray()) : Object.is(value, -0) ? '-0' : value
      })))
    }
  }
  return new Map([...hashes].map(([step, hash]) => [step, hash.digest('hex')]))
}

/** The columns between temperature and energy, and those. */
function coordinates([first]: readonly RecordBatch[]): string[] {
  const names = first?.schema.names.map(String) ?? []
  return names.slice(names.indexOf('temperature') + 1, names.indexOf('score_norm') + 1)
}

export interface Counted extends Executor {
  /** Programs that were loaded. */
  loads: number
  /** Calls of programs. */
  runs: number
  /** Arrays that are kept now. */
  readonly kept: Set<number>
}

/** An executor that counts what is asked of another. */
export function counted(executor: Executor): Counted {
  const kept = new Set<number>()
  const note = <T>(outputs: T): T => {
    for (const leaf of leaves<unknown>(outputs)) if (leaf instanceof DeviceArray) kept.add(leaf.id)
    return outputs
  }
  const self: Counted = {
    ...executor,
    loads: 0,
    runs: 0,
    kept,
    async load(program, layout) {
      self.loads++
      const executable = await executor.load(program, layout)
      return {
        ...executable,
        async run(...args) {
          self.runs++
          return note(await executable.run(...args))
        },
      }
    },
    keep: async (arrays) => note(await executor.keep(arrays)),
    release(arrays) {
      for (const { id } of arrays) kept.delete(id)
      executor.release(arrays)
    },
  }
  return self
}
