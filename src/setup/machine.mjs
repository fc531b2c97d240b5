/**
 * Which build of TensorFlow a machine can run, if any.
 */
import { spawnSync } from 'node:child_process'

/**
 * @typedef {object} Machine
 * @property {string} platform
 * @property {string} arch
 * @property {() => string | undefined} glibc its version; none on other platforms and with other C libraries
 * @property {() => boolean} hasGpu
 */

/** @type {Machine} */
export const THIS_MACHINE = {
  platform: process.platform,
  arch: process.arch,
  glibc() {
    const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
    return report.header.glibcVersionRuntime
  },
  hasGpu: () => process.platform === 'linux' && spawnSync('nvidia-smi', ['-L'], { stdio: 'ignore' }).status === 0,
}

/**
 * HEATBATH_GPU=1 or 0 decides between the builds for GPUs and for the CPU, else `isGpuFit`. A
 * build for GPUs computes without one, too.
 *
 * @param {Machine} machine
 * @param {import('./recipe.mjs').Recipe} recipe
 * @param {(target: string) => boolean} isGpuFit
 * @returns {string | undefined} a target that the recipe has
 */
export function chooseTarget({ platform, arch }, { wheels }, isGpuFit) {
  const cpu = `${platform}-${arch}-cpu`
  const gpu = `${platform}-${arch}-gpu`
  const { HEATBATH_GPU } = process.env
  if (gpu in wheels && (HEATBATH_GPU ? HEATBATH_GPU === '1' : isGpuFit(gpu))) return gpu
  return cpu in wheels ? cpu : undefined
}

/**
 * @param {Machine} machine
 * @param {string} oldest
 * @returns {string | undefined} why wheels that need the C library `oldest` do not run here
 */
export function refusal({ platform, glibc }, oldest) {
  if (platform !== 'linux') return undefined
  const found = glibc()
  if (found === undefined) return `it needs glibc ${oldest} or newer, and this system has another C library`
  if (found.localeCompare(oldest, 'en', { numeric: true }) < 0) return `it needs glibc ${oldest} or newer, and this system has ${found}`
  return undefined
}
