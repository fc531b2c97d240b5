/** What the processor can do that numbers depend on. */
import { readFileSync } from 'node:fs'
import os from 'node:os'

export interface Processor {
  readonly model: string
  readonly threads: number
  /** Width of its vectors, in bits, where it is known. */
  readonly vector_bits?: number
  /** Extensions that TensorFlow makes use of. */
  readonly flags: readonly string[]
}

/** Extensions by the width of their vectors, the widest first. */
const WIDTHS = [['avx512f', 512], ['avx', 256], ['sse2', 128], ['asimd', 128]] as const
const NOTED = ['sse4_2', 'avx', 'avx2', 'fma', 'f16c', 'avx512f', 'avx512_bf16', 'avx512_vnni', 'amx_tile', 'amx_bf16', 'asimd', 'sve', 'bf16']

export function processor(): Processor {
  const flags = flagsOf()
  const width = WIDTHS.find(([flag]) => flags.includes(flag))?.[1] ?? (process.arch === 'arm64' ? 128 : undefined)
  return {
    model: os.cpus()[0]?.model ?? 'unknown',
    threads: os.availableParallelism(),
    ...(width === undefined ? {} : { vector_bits: width }),
    flags: NOTED.filter((flag) => flags.includes(flag)),
  }
}

function flagsOf(): string[] {
  try {
    return /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? []
  } catch {
    return [] // not Linux
  }
}
