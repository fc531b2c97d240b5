import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Manifest } from '../../../pipelines/run-folder.ts'
import { EXIT } from '../exit.ts'
import { formatOption, wholeNumber } from '../options.ts'
import { table } from '../table.ts'
import { bytes, clock, count } from '../../view/amounts.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const runs: Verb = (program) => {
  const command = program.command('runs').helpGroup(GROUPS.run)
    .summary('list runs, or remove old ones')
    .description('Lists the runs below a folder, the newest first.')
    .option('--root <dir>', 'folder of the runs', 'runs')
    .addOption(formatOption('text', 'json'))
    .addHelpText('after', `
Examples:
  heatbath runs
  heatbath runs --format json | jq -r '.[0].folder'
  heatbath runs prune --keep 3 --yes`)
    .action(async ({ root, format }: { readonly root: string; readonly format: 'text' | 'json' }) => {
      const { listRuns, statusOf } = await import('../../../pipelines/run-folder.ts')
      const found = (await listRuns(root)).map(({ folder, manifest }) => ({ folder, ...manifest, status: statusOf(manifest) }))
      if (format === 'json') return void process.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
      if (found.length === 0) return void process.stderr.write(`no runs in ${root}\n`)
      process.stdout.write(table(COLUMNS, found.map(row)))
    })
  command.command('prune')
    .summary('remove old runs')
    .description('Removes runs with all that they wrote, but for the newest of each pipeline and for those that are going on. Without --yes it only says which.')
    .requiredOption('--keep <n>', 'runs to keep of each pipeline', wholeNumber(0))
    .option('--yes', 'do it')
    .addHelpText('after', `
Examples:
  heatbath runs prune --keep 3           which would be removed
  heatbath runs prune --keep 3 --yes`)
    .action(async ({ keep, yes = false }: { readonly keep: number; readonly yes?: boolean }) => {
      const { listRuns, statusOf } = await import('../../../pipelines/run-folder.ts')
      const { root } = command.opts<{ root: string }>()
      const old = tooOld(await listRuns(root), keep, ({ manifest }) => statusOf(manifest) === 'running')
      for (const { folder } of old) {
        if (yes) await rm(folder, { recursive: true })
        process.stdout.write(`${folder}\n`)
      }
      if (yes || old.length === 0) return
      process.stderr.write(`${old.length === 1 ? 'this run' : `these ${old.length} runs`} would be removed; say --yes\n`)
      process.exitCode = EXIT.misconfigured
    })
  return command
}

interface Listed {
  readonly folder: string
  readonly manifest: Manifest
}

/** Of runs in order of time, the newest first. */
function tooOld(listed: readonly Listed[], keep: number, goesOn: (run: Listed) => boolean): Listed[] {
  const kept = new Map<string, number>()
  return listed.filter((run) => {
    const { name } = run.manifest
    const before = kept.get(name) ?? 0
    kept.set(name, before + 1)
    return before >= keep && !goesOn(run)
  })
}

const COLUMNS = [
  { name: 'run' }, { name: 'status' }, { name: 'started' }, { name: 'took', is_number: true }, { name: 'rows', is_number: true }, { name: 'written', is_number: true },
] as const

function row({ folder, status, started, seconds, streams, outputs }: Omit<Manifest, 'status'> & { readonly folder: string; readonly status: string }): string[] {
  const rows = Object.values(streams).reduce((sum, stream) => sum + stream.rows, 0)
  const written = outputs.reduce((sum, output) => sum + (output.bytes ?? 0), 0)
  const when = started.slice(0, 16).replace('T', ' ')
  return [path.relative('.', folder), status, when, seconds === undefined ? '' : clock(seconds), count(rows), bytes(written)]
}
