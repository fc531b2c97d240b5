/** Whether TensorFlow loads here, and whether what it compiles computes what it should. */
import { binding } from '../../../engine/binding.ts'
import { compile, defaultExecutor, float32, loaded, tf, type HostArray } from '../../../engine/index.ts'
import { isForGpu, locate } from '../../../setup/locate.mjs'
import { chooseTarget, refusal, THIS_MACHINE } from '../../../setup/machine.mjs'
import { RECIPE } from '../../../setup/recipe.mjs'

export interface EngineReport {
  readonly engine: 'xla' | 'eager'
  readonly device: 'GPU' | 'CPU'
  /** TensorFlow's, where it is loaded. */
  readonly version?: string
  /** Where it lies. */
  readonly folder?: string
  /** Why it is not loaded. */
  readonly reason?: string
  /** Whether this machine should have it: there is a build for it, and nobody asked for another engine. */
  readonly is_expected: boolean
  /** Whether there is a GPU and a build for it, and TensorFlow computes on the CPU none the less. */
  readonly misses_gpu: boolean
  readonly xla_flags: string
  /** Time to compile and run a first program, in ms. */
  readonly first_program_ms?: number
  /** What went wrong with it. */
  readonly failure?: string
}

export async function engineReport(): Promise<EngineReport> {
  const { kind, reason } = loaded()
  const folder = locate()
  const is_expected = process.env.HEATBATH_BACKEND !== 'eager' && chooseTarget(THIS_MACHINE, RECIPE, () => false) !== undefined && refusal(THIS_MACHINE, RECIPE.glibc) === undefined
  const device = kind === 'xla' && binding().isUsingGpuDevice() ? 'GPU' : 'CPU'
  return {
    engine: kind,
    device,
    ...(kind === 'xla' ? { version: binding().TF_Version ?? RECIPE.tensorflow } : {}),
    ...(folder === null ? {} : { folder }),
    ...(reason === undefined ? {} : { reason }),
    is_expected,
    misses_gpu: kind === 'xla' && device === 'CPU' && isForGpu(folder) && process.env.CUDA_VISIBLE_DEVICES === undefined && THIS_MACHINE.hasGpu(),
    xla_flags: process.env.XLA_FLAGS ?? '',
    ...(await firstProgram()),
  }
}

/** 3² + 4², on the executor that runs use. */
async function firstProgram(): Promise<{ first_program_ms: number } | { failure: string }> {
  const began = performance.now()
  const input = { x: float32([2], Float32Array.of(3, 4)) }
  try {
    const program = await compile<{ x: ReturnType<typeof tf.tensor1d> }>('doctor', input, ({ x }) => ({ sum: tf.sum(tf.square(x)) }), { executor: defaultExecutor() })
    const [{ sum } = { sum: undefined }] = await program.run<{ sum: HostArray }>([input])
    program.dispose()
    if (sum?.data[0] !== 25) return { failure: `3² + 4² came out as ${sum?.data[0]}` }
    return { first_program_ms: Math.round(performance.now() - began) }
  } catch (error) {
    return { failure: (error as Error).message }
  }
}
