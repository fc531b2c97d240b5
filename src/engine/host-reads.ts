/** Reading a recorded value on the host is an error, save where a kernel of tfjs must do so: it then reads zeros. */
import { fail } from '../errors.ts'
import { zeros, type Dtype, type HostArray } from './array.ts'
import type { TfBackend, TfInfo } from './backend.ts'
import { dtypeOfNumber } from './binding.ts'
import { tf } from './tf.ts'

let num_allowed = 0

/** From now on reads of recorded values throw engine_host_read, which names a place. */
export function guardHostReads(b: TfBackend, place: () => string): void {
  const read = b.readSync.bind(b)
  b.readSync = (id) => {
    const info = b.tensorMap.get(id)
    if (!info.is_recorded) return read(id)
    if (num_allowed === 0) throw fail('engine_host_read', { place: place() })
    return zerosOf(info, info.shape)
  }
}

/** Those of one kernel are allowed. */
export function allowHostReadsOf(kernelName: string): void {
  const config = tf.getKernel(kernelName, 'tensorflow')
  const { kernelFunc } = config
  config.kernelFunc = (args) => {
    num_allowed++
    try {
      return kernelFunc(args)
    } finally {
      num_allowed--
    }
  }
}

export const zerosOf = ({ dtype }: TfInfo, shape: readonly number[]): HostArray['data'] => zeros({ dtype: dtypeOfNumber(dtype) as Dtype, shape }).data
