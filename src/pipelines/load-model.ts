/** Models that a pipeline loads: from a file, or from an earlier run. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fail, HeatbathError } from '../errors.ts'
import { readModel } from '../streams/models/model-file.ts'
import type { Model } from '../streams/model.ts'
import type { Kind } from '../unit.ts'
import type { Catalogue } from './catalogue.ts'
import type { ModelDeclaration } from './declaration.ts'
import { findRun, readManifest, type Manifest } from './run-folder.ts'

/** A reader of models whose files are relative to a folder. */
export const loadModel = (folder: string, catalogue: Catalogue) => async (name: string, declaration: ModelDeclaration): Promise<Model> => {
  const file = 'file' in declaration ? path.resolve(folder, declaration.file) : 'run' in declaration ? await fileOfRun(declaration.run, name, folder) : ''
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

/** The model of a name that a run wrote; its only one, whatever that is called. Throws model_missing, model_choice. */
async function fileOfRun(run: string, name: string, from: string): Promise<string> {
  const folder = await findRun(run)
  const models = modelsIn(await readManifest(folder))
  if (models.length === 0) throw fail('model_missing', { path: `${run} (its run wrote no model)` })
  const files = models.map(({ path: file }) => path.join(folder, file))
  const found = placeOf(name, models)
  if (found < 0) throw fail('model_choice', { model: name, run, models: models.map(({ of }) => of).join(', '), files: files.map((file) => `{ file: ${path.relative(from, file)} }`).join(' or ') })
  return files[found] as string
}

type WrittenModel = Manifest['outputs'][number] & { readonly path: string }

const modelsIn = ({ outputs }: Manifest): WrittenModel[] => outputs.filter((output): output is WrittenModel => output.sink === 'safetensors' && output.path !== undefined)

/** Where the model of that name stands, or the sole one, be it in several files; -1 if neither is there. */
function placeOf(name: string, models: readonly WrittenModel[]): number {
  const is_sole = new Set(models.map(({ of }) => of)).size === 1
  return is_sole ? 0 : models.findIndex(({ of }) => of === name)
}

const maker = (catalogue: Catalogue) => (kind: Kind, name: string, config: unknown): unknown => {
  const unit = catalogue.find(kind, name)
  if (unit === undefined) throw fail('model_component', { kind, name })
  return unit(config as never)
}
