/**
 * Checkpoints: where a run that was stopped goes on.
 *
 *   checkpoints/<n>/checkpoint.json            the phase
 *   checkpoints/<n>/<model>.safetensors        each model, as it could be used
 *   checkpoints/<n>/<model>.state.safetensors  and all that its training keeps
 *
 * Written under another name and renamed when all of it is on the disk; the last two are kept.
 * A training stream goes on with the batch after the last that its model has seen. The other streams
 * of the phase begin again: they are pure functions of the pipeline.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { fail } from '../errors.ts'
import { leaves, paths, type HostArray } from '../engine/index.ts'
import { writeModel } from '../streams/models/model-file.ts'
import { decodeSafetensors, encodeSafetensors } from '../streams/models/safetensors.ts'
import type { Model, ModelState } from '../streams/model.ts'
import { OF_THE_RUN } from '../streams/sinks/paths.ts'
import { writeWhole } from './run-folder.ts'

export interface Checkpoint {
  /** Index of the phase that was under way. */
  readonly phase: number
  /** Folder of the checkpoint. */
  readonly folder: string
  /** Models that it holds. */
  readonly models: readonly string[]
}

const KEPT = 2
const INDEX = 'checkpoint.json'

export async function writeCheckpoint(run: string, phase: number, models: ReadonlyMap<string, Model>): Promise<string> {
  const root = path.join(run, OF_THE_RUN.checkpoints)
  await mkdir(root, { recursive: true })
  const numbers = await numbersIn(root)
  const name = String((numbers.at(-1) ?? 0) + 1).padStart(6, '0')
  const part = path.join(root, `${name}.part`)
  await rm(part, { recursive: true, force: true })
  for (const [key, model] of models) {
    const state = await model.read()
    const arrays = leaves<HostArray>(state)
    await writeWhole(path.join(part, `${key}.safetensors`), Buffer.concat(await writeModel(model)))
    await writeWhole(path.join(part, `${key}.state.safetensors`), Buffer.concat(encodeSafetensors({
      metadata: { version: String(model.version) },
      arrays: new Map(paths(state).map((at, i) => [at, arrays[i] as HostArray])),
    })))
  }
  await writeWhole(path.join(part, INDEX), `${JSON.stringify({ phase, models: [...models.keys()] })}\n`)
  await rename(part, path.join(root, name))
  for (const number of numbers.slice(0, Math.max(0, numbers.length + 1 - KEPT))) await rm(path.join(root, String(number).padStart(6, '0')), { recursive: true })
  return path.join(OF_THE_RUN.checkpoints, name)
}

/** The last checkpoint of a run. Throws checkpoint_missing if there is none. */
export async function readCheckpoint(run: string): Promise<Checkpoint> {
  const root = path.join(run, OF_THE_RUN.checkpoints)
  const last = existsSync(root) ? (await numbersIn(root)).at(-1) : undefined
  if (last === undefined) throw fail('checkpoint_missing', { folder: run })
  const folder = path.join(root, String(last).padStart(6, '0'))
  return { ...(JSON.parse(await readFile(path.join(folder, INDEX), 'utf8')) as { phase: number; models: string[] }), folder }
}

/** Gives a model back the state that its training kept. */
export async function restoreState(model: Model, { folder }: Checkpoint, name: string): Promise<void> {
  const { metadata, arrays } = decodeSafetensors(await readFile(path.join(folder, `${name}.state.safetensors`)))
  await model.restore(treeOf(arrays) as ModelState, Number(metadata.version))
}

/** The tree whose leaves have dotted paths; numbers are places in lists. */
function treeOf(arrays: ReadonlyMap<string, HostArray>): unknown {
  const tree: Record<string, unknown> = {}
  for (const [at, array] of arrays) {
    const words = at.split('.')
    let node = tree
    words.forEach((word, i) => {
      if (i === words.length - 1) node[word] = array
      else node = (node[word] ??= /^\d+$/.test(words[i + 1] as string) ? [] : {}) as Record<string, unknown>
    })
  }
  return tree
}

async function numbersIn(root: string): Promise<number[]> {
  const names = (await readdir(root)).filter((name) => /^\d{6}$/.test(name))
  return names.map(Number).sort((a, b) => a - b)
}
