/** Models that are loaded: from a file, or from an earlier run. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fail, HeatbathError } from '../errors.ts'
import { readModel } from '../streams/models/model-file.ts'
import type { Model } from '../streams/model.ts'
import type { Kind } from '../unit.ts'
import { builtin, type AnyUnit, type Catalogue } from './catalogue.ts'
import type { ModelDeclaration } from './declaration.ts'
import { findRun, readManifest } from './run-folder.ts'

export interface LoadModelOptions {
  /** Components of one's own that the model is made of. */
  readonly units?: readonly AnyUnit[]
  /** The name that it has in the file unless given. */
  readonly name?: string
}

/** The model of a safetensors file. Errors: model_missing, model_file_invalid, model_component for one that is not among the units. */
export const loadModel = (file: string, { units = [], name }: LoadModelOptions = {}): Promise<Model> => modelFromFile(file, builtin.with(units), name)

/** A reader of the models that a pipeline declares; files are relative to a folder. */
export const modelLoader = (folder: string, catalogue: Catalogue) => async (name: string, declaration: ModelDeclaration): Promise<Model> => {
  const file = 'file' in declaration ? path.resolve(folder, declaration.file) : 'run' in declaration ? await fileOfRun(declaration.run) : ''
  return modelFromFile(file, catalogue, name)
}

/** A reader of files by their paths from a folder. */
export const readModelFile = (folder: string) => async (file: string): Promise<Uint8Array> => {
  const place = path.resolve(folder, file)
  return readFile(place).catch((error: unknown) => {
    throw fail('model_missing', { path: place }, error)
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

/** The model that a run wrote. */
async function fileOfRun(run: string): Promise<string> {
  const folder = await findRun(run)
  const { outputs } = await readManifest(folder)
  const output = outputs.find(({ sink }) => sink === 'safetensors')
  if (output?.path === undefined) throw fail('model_missing', { path: `${run} (its run wrote no model)` })
  return path.join(folder, output.path)
}

const maker = (catalogue: Catalogue) => (kind: Kind, name: string, config: unknown): unknown => {
  const unit = catalogue.find(kind, name)
  if (unit === undefined) throw fail('model_component', { kind, name })
  return unit(config as never)
}
