/**
 * What TensorFlow reads from the process environment when it loads: it must be set before, on the
 * main thread, as workers have a copy that native code does not see.
 *
 * A variable that is already set wins. XLA's flags are those measured in bench/ (why: docs/DECISIONS.md).
 * Compiled programs persist in the cache folder.
 */
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { cacheRoot } from '../setup/cache.mjs'
import { isForGpu, locate } from '../setup/locate.mjs'

const XLA_FLAGS = '--xla_cpu_prefer_vector_width=512 --xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=300000'
/** One more of the extra options, with which those flags end: LLVM's reduction of strength takes a third of the time to compile a large program, and gained nothing in bench/. */
const XLA_CPU_FLAGS = ',-disable-lsr'
/** Left to itself XLA times several kernels for a product and takes the fastest: which one that is, and with it the last bits, changes from one compilation to the next. */
const XLA_GPU_FLAGS = ' --xla_gpu_deterministic_ops=true'

export function setEnvironment(): void {
  const { env } = process
  env.TF_CPP_MIN_LOG_LEVEL ??= '3'
  env.TF_ENABLE_ONEDNN_OPTS ??= '0' // it speaks when it is on, and XLA does not use it
  env.XLA_FLAGS ??= XLA_FLAGS + (isForGpu(locate()) ? XLA_GPU_FLAGS : XLA_CPU_FLAGS)
  env.TF_XLA_FLAGS ??= `--tf_xla_persistent_cache_directory=${programCache(env.XLA_FLAGS)}`
}

/** Machine code is good for one kind of processor, under the flags it was made with. */
function programCache(flags: string): string {
  const kind = createHash('sha256').update(JSON.stringify([process.arch, os.cpus()[0]?.model, os.cpus().length, flags])).digest('hex')
  const folder = path.join(cacheRoot(), `xla-${kind.slice(0, 12)}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}
