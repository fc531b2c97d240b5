/** Models that are loaded: from a file, or from an earlier run. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fail, HeatbathError } from '../errors.ts'
import { readModel } from '../streams/models/model-file.ts'
import type { Model } from '../streams/model.ts'
import type { Kind } from '../unit.ts'
import { builtin, type AnyUnit, type Catalogue } from './catalogue.ts'
import type { ModelDeclaration } from './declaration.ts'
import { findRuns, type Manifest } from './run-folder.ts'

export interface LoadModelOptions {
  /** Components of one's own that the model is made of. */
  readonly units?: readonly AnyUnit[]
  /** The name that it has in the file unless given. */
  readonly name?: string
}

/** The model of a safetensors file. Errors: model_missing, model_file_invalid, model_component for one that is not among the units. */
export const loadModel = (file: string, { units = [], name }: LoadModelOptions = {}): Promise<Model> => modelFromFile(file, builtin.with(units), name)

/** A reader of the models that a pipeline declares, whose files are relative to a folder, and whose runs lie below `root`. */
export const modelLoader = (folder: string, catalogue: Catalogue, root = 'runs') => async (name: string, declaration: ModelDeclaration): Promise<Model> => {
  const file = 'file' in declaration ? path.resolve(folder, declaration.file) : 'run' in declaration ? await fileOfRun(declaration.run, name, { from: folder, root }) : ''
  return modelFromFile(file, catalogue, name)
}

/** A reader of files by their paths from a folder. Throws the error of one that is not there. */
export const readModelFile = (folder: string, missing: 'model_missing' | 'net_missing' = 'model_missing') => async (file: string): Promise<Uint8Array> => {
  const place = path.resolve(folder, file)
  return readFile(place).catch((error: unknown) => {
    throw fail(missing, { path: place }, error)
  })
}

export async function modelFromFile(file: string, catalogue: Catalogue, name?: string): Promise<Model> {
  const bytes = await readModelFile('.')(file)
  return namingFile(file, () => readModel(bytes, maker(catalogue), name))
}

/** What is wrong with the bytes of a file, with its name. */
export function namingFile<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof HeatbathError) || error.code !== 'model_file_invalid') throw error
    throw fail(error.code, { ...error.details, place: `${String(error.details.place)} of ${file}` }, error)
  }
}

/**
 * The model of a name that a run wrote; its only one, whatever that is called. Of the runs of a pipeline it is the
 * newest that completed and has such a model: one that failed since is passed over. Throws model_missing, model_choice.
 */
async function fileOfRun(run: string, name: string, { from, root }: { readonly from: string; readonly root: string }): Promise<string> {
  const { runs, by_name } = await findRuns(run, root)
  const written = runs.filter(({ manifest: { status } }) => !by_name || status === 'completed').map(({ folder, manifest }) => ({ folder, models: modelsIn(manifest) })).filter(({ models }) => models.length > 0)
  const [newest] = written
  if (newest === undefined) throw fail('model_missing', { path: `${run} (${by_name ? 'none of its runs completed and wrote a model' : 'its run wrote no model'})` })
  for (const { folder, models } of written) {
    const model = modelNamed(name, models)
    if (model !== undefined) return path.join(folder, model.path)
  }
  const files = newest.models.map((model) => `{ file: ${path.relative(from, path.join(newest.folder, model.path))} }`)
  throw fail('model_choice', { model: name, run, models: newest.models.map(({ of }) => of).join(', '), files: files.join(' or ') })
}

type WrittenModel = Manifest['outputs'][number] & { readonly path: string }

const modelsIn = ({ outputs }: Manifest): WrittenModel[] => outputs.filter((output): output is WrittenModel => output.sink === 'safetensors' && output.path !== undefined)

/** The model of that name, or the sole one, be it in several files. */
function modelNamed(name: string, models: readonly WrittenModel[]): WrittenModel | undefined {
  const is_sole = new Set(models.map(({ of }) => of)).size === 1
  return is_sole ? models[0] : models.find(({ of }) => of === name)
}

const maker = (catalogue: Catalogue) => (kind: Kind, name: string, config: unknown): unknown => {
  const unit = catalogue.find(kind, name)
  if (unit === undefined) throw fail('model_component', { kind, name })
  return unit(config as never)
}
