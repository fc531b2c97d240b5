/**
 * What TensorFlow reads from the process environment when it loads: it must be set before.
 *
 * A variable that is already set wins. XLA's flags are those measured in bench/ (ENGINE notes in
 * docs/DECISIONS.md); compiled programs persist in the cache folder.
 */
import { mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** Folder for compiled programs and TensorFlow itself: HEATBATH_CACHE, else the user's cache folder. */
export function cacheRoot(): string {
  const { HEATBATH_CACHE, XDG_CACHE_HOME } = process.env
  return HEATBATH_CACHE ?? path.join(XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'heatbath')
}

export function setEnvironment(): void {
  const folder = path.join(cacheRoot(), 'xla')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const defaults = {
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_ENABLE_ONEDNN_OPTS: '0',
    TF_XLA_FLAGS: `--tf_xla_persistent_cache_directory=${folder}`,
    XLA_FLAGS: '--xla_cpu_prefer_vector_width=512 --xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=100000',
  }
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value
}
