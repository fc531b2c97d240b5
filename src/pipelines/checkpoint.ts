/**
 * Checkpoints: where a run that was stopped goes on.
 *
 *   checkpoints/<n>/checkpoint.json            the phase, and which pipeline it is of
 *   checkpoints/<n>/<model>.safetensors        each model, as it could be used
 *   checkpoints/<n>/<model>.state.safetensors  and all that its training keeps
 *   checkpoints/<stream>.arrows                rows so far that no output gives back
 *
 * Written when a run is stopped or fails, and after each training that something follows; those of a run that was never
 * stopped go when it completes. Written under another name and renamed when all of it is on the disk; the last two are kept.
 * Of a training that failed there is but the model as it was last: its outputs are gone, and so it
 * begins again. A training stream that was stopped goes on with the batch after the last that its model has seen.
 * The other streams of the phase begin again: they are pure functions of the pipeline.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { fail } from '../errors.ts'
import { leaves, paths, type HostArray } from '../engine/index.ts'
import { writeModel } from '../streams/models/model-file.ts'
import { decodeSafetensors, encodeSafetensors } from '../streams/models/safetensors.ts'
import type { Model, ModelState } from '../streams/model.ts'
import { named } from '../streams/sinks/disk.ts'
import { OF_THE_RUN } from '../streams/sinks/paths.ts'
import { namingFile } from './load-model.ts'
import { checkpointNumbers, writeWhole } from './run-folder.ts'

export interface Checkpoint {
  /** Index of the phase that was under way. */
  readonly phase: number
  /** Folder of the checkpoint. */
  readonly folder: string
  /** Models that go on. */
  readonly models: readonly string[]
}

const KEPT = 2
const INDEX = 'checkpoint.json'
const FORMAT = 1

const Index = z.strictObject({
  format: z.literal(FORMAT),
  /** Digest of the run's pipeline.yaml. */
  pipeline: z.string(),
  phase: z.int().nonnegative(),
  models: z.array(z.string()),
})

export async function writeCheckpoint(run: string, phase: number, models: ReadonlyMap<string, Model>, begun: readonly string[] = []): Promise<string> {
  const root = path.join(run, OF_THE_RUN.checkpoints)
  await named(root, () => mkdir(root, { recursive: true }))
  const numbers = await checkpointNumbers(run)
  const name = String((numbers.at(-1) ?? 0) + 1).padStart(6, '0')
  const part = path.join(root, `${name}.part`)
  try {
    await writeFolder(part, models, begun)
    const index: z.input<typeof Index> = { format: FORMAT, pipeline: await digestOf(run), phase, models: [...models.keys()].filter((key) => !begun.includes(key)) }
    await writeWhole(path.join(part, INDEX), `${JSON.stringify(index)}\n`)
    await named(path.join(root, name), () => rename(part, path.join(root, name)))
  } catch (error) {
    await rm(part, { recursive: true, force: true })
    throw error
  }
  for (const number of numbers.slice(0, Math.max(0, numbers.length + 1 - KEPT))) await rm(path.join(root, String(number).padStart(6, '0')), { recursive: true })
  return path.join(OF_THE_RUN.checkpoints, name)
}

/** All of them, of a run that is complete. */
export const removeCheckpoints = (run: string): Promise<void> => rm(path.join(run, OF_THE_RUN.checkpoints), { recursive: true })

async function writeFolder(part: string, models: ReadonlyMap<string, Model>, begun: readonly string[]): Promise<void> {
  await rm(part, { recursive: true, force: true })
  for (const [key, model] of models) {
    await writeWhole(path.join(part, `${key}.safetensors`), Buffer.concat(await writeModel(model)))
    if (begun.includes(key)) continue
    const state = await model.read()
    const arrays = leaves<HostArray>(state)
    await writeWhole(path.join(part, `${key}.state.safetensors`), Buffer.concat(encodeSafetensors({
      metadata: { version: String(model.version) },
      arrays: new Map(paths(state).map((at, i) => [at, arrays[i] as HostArray])),
    })))
  }
}

const digestOf = async (run: string): Promise<string> => createHash('sha256').update(await readFile(path.join(run, OF_THE_RUN.pipeline))).digest('hex')

/** The last checkpoint of a run. Throws checkpoint_missing if there is none, checkpoint_invalid for one of another pipeline. */
export async function readCheckpoint(run: string): Promise<Checkpoint> {
  const root = path.join(run, OF_THE_RUN.checkpoints)
  const last = (await checkpointNumbers(run)).at(-1)
  if (last === undefined) throw fail('checkpoint_missing', { folder: run })
  const folder = path.join(root, String(last).padStart(6, '0'))
  const { pipeline, phase, models } = parsed(await readFile(path.join(folder, INDEX), 'utf8').catch(() => ''), folder)
  if (models.length > 0 && pipeline !== await digestOf(run)) throw fail('checkpoint_invalid', { folder, problem: 'is of another pipeline than the pipeline.yaml beside it' })
  return { phase, models, folder }
}

function parsed(text: string, folder: string): z.output<typeof Index> {
  try {
    return Index.parse(JSON.parse(text))
  } catch (error) {
    throw fail('checkpoint_invalid', { folder, problem: `has no ${INDEX} that this heatbath reads` }, error)
  }
}

/** Gives a model back the state that its training kept. */
export async function restoreState(model: Model, { folder }: Checkpoint, name: string): Promise<void> {
  const file = path.join(folder, `${name}.state.safetensors`)
  const bytes = await readFile(file).catch((error: unknown) => {
    throw fail('model_missing', { path: file }, error)
  })
  const { metadata, arrays } = namingFile(file, () => decodeSafetensors(bytes))
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
