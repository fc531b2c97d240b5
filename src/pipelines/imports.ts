/**
 * Loads the modules that a pipeline imports, and finds the components that they export.
 *
 * TypeScript goes through esbuild: one file with its relative imports bundled; packages, heatbath
 * among them, stay imports, resolved from where the file lies.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { AnyUnit } from './catalogue.ts'

export interface Imported {
  readonly units: readonly AnyUnit[]
  readonly problems: readonly { readonly index: number; readonly message: string }[]
}

export async function loadImports(files: readonly string[], folder: string): Promise<Imported> {
  const units: AnyUnit[] = []
  const problems: { index: number; message: string }[] = []
  for (const [index, file] of files.entries()) {
    try {
      const found = Object.values(await loadModule(path.resolve(folder, file))).filter(isUnit)
      if (found.length === 0) problems.push({ index, message: `${file} exports no component` })
      units.push(...found)
    } catch (error) {
      problems.push({ index, message: `${file} does not load: ${reasonOf(error)}` })
    }
  }
  return { units, problems }
}

/** What esbuild found first, with its place; else what the module threw. */
function reasonOf(error: unknown): string {
  const [first] = (error as { readonly errors?: readonly { readonly text: string; readonly location: { readonly line: number; readonly column: number } | null }[] } | null)?.errors ?? []
  if (first === undefined) return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
  return first.location === null ? first.text : `line ${first.location.line}, column ${first.location.column + 1}: ${first.text}`
}

const isUnit = (value: unknown): value is AnyUnit =>
  typeof value === 'function' && 'kind' in value && 'config' in value && 'summary' in value

async function loadModule(file: string): Promise<Record<string, unknown>> {
  // Beside the file, so that packages are found from there.
  const { build } = await import('esbuild') // most pipelines import nothing
  const folder = await mkdtemp(path.join(path.dirname(file), '.heatbath-import-'))
  try {
    const outfile = path.join(folder, 'module.mjs')
    await build({
      entryPoints: [file], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'silent',
      plugins: [{
        name: 'heatbath',
        setup({ onResolve }) {
          onResolve({ filter: /^heatbath(\/tf)?$/ }, ({ path: name }) => ({ path: OURS[name as keyof typeof OURS], external: true }))
          onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) => (kind === 'entry-point' ? undefined : { path: name, external: true }))
        },
      }],
    })
    return (await import(pathToFileURL(outfile).href)) as Record<string, unknown>
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/** The heatbath that runs the pipeline, whatever is installed beside the file. */
const OURS = { heatbath: pathToFileURL(here(`../index.${extension}`)).href, 'heatbath/tf': pathToFileURL(here(`../engine/tf.${extension}`)).href }
