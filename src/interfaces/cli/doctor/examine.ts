/** Everything that a report of a fault should say of a machine. */
import os from 'node:os'
import { freeMegabytes } from '../../../setup/failure.mjs'
import { VERSION } from '../../../version.ts'
import { caches, type Caches } from './caches.ts'
import { engineReport, type EngineReport } from './engine.ts'
import { processor, type Processor } from './processor.ts'
import { packages, tools, type Tools } from './tools.ts'

export interface Examination {
  readonly heatbath: string
  readonly node: string
  readonly platform: string
  readonly tensorflow: EngineReport
  readonly processor: Processor
  readonly memory: { readonly total_mb: number; readonly free_mb: number; readonly limit_mb?: number }
  readonly disk: { readonly folder: string; readonly free_mb: number }
  readonly caches: Caches
  readonly tools: Tools
  readonly packages: Readonly<Record<string, string>>
  /** What keeps heatbath from working as it should. */
  readonly problems: readonly string[]
}

export async function examine(): Promise<Examination> {
  const [tensorflow, found] = await Promise.all([engineReport(), tools()])
  return {
    heatbath: VERSION,
    node: process.version,
    platform: `${process.platform}-${process.arch}, ${os.release()}`,
    tensorflow,
    processor: processor(),
    memory: memory(),
    disk: { folder: process.cwd(), free_mb: freeMegabytes('.') },
    caches: caches(),
    tools: found,
    packages: packages(),
    problems: problems(tensorflow, found),
  }
}

const MB = 1e6

/** A container's limit counts where it is below what the machine has. */
function memory(): Examination['memory'] {
  const limit = process.constrainedMemory()
  const total = os.totalmem()
  return { total_mb: Math.round(total / MB), free_mb: Math.round(process.availableMemory() / MB), ...(limit > 0 && limit < total ? { limit_mb: Math.round(limit / MB) } : {}) }
}

function problems({ engine, is_expected, misses_gpu, folder, reason, failure }: EngineReport, { pip, compiler }: Tools): string[] {
  const is_missing = is_expected && engine === 'eager' && folder === undefined
  return [
    ...(is_missing ? ['TensorFlow is not set up: run `npx heatbath setup`. Until then everything is computed on tfjs\'s CPU backend, slowly.'] : []),
    ...(is_missing && pip === undefined ? ['Set-up needs pip, and there is none: install python3-pip, or name a Python that has it in HEATBATH_PYTHON.'] : []),
    ...(is_missing && compiler === undefined ? ['Set-up needs a C++ compiler, and there is none: install g++, or name one in CXX.'] : []),
    ...(is_expected && engine === 'eager' && folder !== undefined ? [`TensorFlow is set up in ${folder} but does not load: ${reason}. Remove the folder and run \`npx heatbath setup\`.`] : []),
    ...(misses_gpu ? ['There is a GPU and a TensorFlow for it, which computes on the CPU: `TF_CPP_MIN_LOG_LEVEL=0 npx heatbath doctor` says what it misses, HEATBATH_GPU=0 takes the build for the CPU.'] : []),
    ...(failure === undefined ? [] : [`A first program failed: ${failure}`]),
  ]
}
