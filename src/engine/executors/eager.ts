/** Keeps arrays for functions that run eagerly, where TensorFlow is not set up. It loads no programs. */
import { fail } from '../../errors.ts'
import type { HostArray } from '../array.ts'
import { loaded } from '../tf.ts'
import { DeviceArray, type Executor } from './contract.ts'

export function eagerExecutor(): Executor {
  const arrays = new Map<number, HostArray>()
  let next = 0
  return {
    kind: 'eager',
    load: async () => {
      throw fail('engine_unavailable', { reason: loaded().reason ?? 'the eager executor runs no programs' })
    },
    read: async (kept) => kept.map(({ id }) => {
      const array = arrays.get(id)
      if (array === undefined) throw new RangeError(`array ${id} was released`)
      return array
    }),
    keep: async (values) => values.map((array) => {
      arrays.set(next, array)
      return new DeviceArray(next++, array)
    }),
    release: (kept) => kept.forEach(({ id }) => arrays.delete(id)),
    close: async () => arrays.clear(),
  }
}
