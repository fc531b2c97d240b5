import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Verb } from '../verb.ts'

/** For those who work on heatbath: not in the help. */
export const docs: Verb = (program) =>
  program.command('docs', { hidden: true })
    .description('Writes the generated part of docs/.')
    .argument('[dir]', 'folder', 'docs')
    .action(async (folder: string) => {
      const [{ builtin }, { documents, UNITS }] = await Promise.all([import('../../../pipelines/catalogue.ts'), import('../../../pipelines/docs.ts')])
      await rm(path.join(folder, UNITS), { recursive: true, force: true })
      for (const [name, content] of documents(builtin)) {
        const file = path.join(folder, name)
        await mkdir(path.dirname(file), { recursive: true })
        await writeFile(file, content)
      }
    })
