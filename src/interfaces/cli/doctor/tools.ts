/** What set-up needs, and the packages that heatbath is made of. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { findCompiler } from '../../../setup/addon.mjs'
import { findPip } from '../../../setup/pip.mjs'

export interface Tools {
  readonly pip?: string
  readonly compiler?: string
}

export async function tools(): Promise<Tools> {
  const [pip, compiler] = await Promise.all([findPip(), findCompiler().then((words) => words.join(' '), () => undefined)])
  return { ...(pip === undefined ? {} : { pip: pip.split('\n')[0] ?? pip }), ...(compiler === undefined ? {} : { compiler }) }
}

const PACKAGES = ['@tensorflow/tfjs', 'apache-arrow', 'rxjs', '@duckdb/node-api', 'zod', 'yaml', 'fastify']

/** Versions of those that are installed. */
export function packages(): Record<string, string> {
  const require = createRequire(import.meta.url)
  return Object.fromEntries(PACKAGES.flatMap((name) => {
    const folder = (require.resolve.paths(name) ?? []).map((root) => path.join(root, name)).find((one) => manifestOf(one) !== undefined)
    return folder === undefined ? [] : [[name, manifestOf(folder)?.version ?? '']]
  }))
}

function manifestOf(folder: string): { readonly version: string } | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string }
  } catch {
    return undefined
  }
}
