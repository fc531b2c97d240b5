/** The examples that a page shows. */
import { readFileSync } from 'node:fs'
import path from 'node:path'

/** The TypeScript of a file of the project. */
export const examplesOf = (file: string): string[] =>
  [...readFileSync(path.join(path.dirname(import.meta.dirname), file), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text as string)
