import type { Issue } from '../../../pipelines/issues.ts'
import { EXIT } from '../exit.ts'
import { formatOption, pipelineOptions, type PipelineOptions } from '../options.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const lint: Verb = (program) =>
  pipelineOptions(program.command('lint').helpGroup(GROUPS.look))
    .summary('find every fault of pipeline files')
    .description('Finds every fault of pipeline files at once, and says where it stands and what was probably meant. Writes file:line:column: code: message, one line each; exits with 78 if there are faults, with 0 if there are at most warnings.')
    .argument('<file...>', 'pipeline files')
    .option('--trust', 'load what the pipelines import; it runs code of their authors')
    .addOption(formatOption('text', 'json'))
    .addHelpText('after', `
Examples:
  heatbath lint pipelines/*.yaml
  heatbath lint flights.yaml --set models.flights.noise.geometric.levels=0
  heatbath lint flights.yaml --format json | jq -r '.[].code'`)
    .action(async (files: string[], options: LintOptions) => {
      const [{ formatIssue }, found] = await Promise.all([import('../../../pipelines/issues.ts'), lintFiles(files, options)])
      if (options.format === 'json') process.stdout.write(`${JSON.stringify(found.map(({ file, issue }) => ({ file, ...issue })), null, 2)}\n`)
      else for (const { file, issue } of found) process.stdout.write(`${formatIssue(file, issue)}\n`)
      if (found.some(({ issue }) => issue.severity === 'error')) process.exitCode = EXIT.misconfigured
      else if (process.stderr.isTTY) process.stderr.write(`${files.length === 1 ? 'no faults' : `no faults in ${files.length} files`}\n`)
    })

interface LintOptions extends PipelineOptions {
  readonly trust?: boolean
  readonly format: 'text' | 'json'
}

interface Found {
  readonly file: string
  readonly issue: Issue
}

/** A file that cannot be read is a fault of its own, so that the others are seen, too. */
async function lintFiles(files: readonly string[], { set = [], envFile, trust = false }: LintOptions): Promise<Found[]> {
  const [{ readPipeline }, { issue }, { environment }, { HeatbathError }] =
    await Promise.all([import('../read-pipeline.ts'), import('../../../pipelines/issues.ts'), import('../secrets.ts'), import('../../../errors.ts')])
  environment(envFile) // a fault of the call, not of each file
  const found: Found[] = []
  for (const file of files) {
    try {
      const { issues } = await readPipeline(file, { set, trust, ...(envFile === undefined ? {} : { envFile }) })
      found.push(...issues.map((one) => ({ file, issue: one })))
    } catch (error) {
      if (!(error instanceof HeatbathError)) throw error
      found.push({ file, issue: issue(error.code, { line: 1, column: 1 }, [], error.message, error.hint) })
    }
  }
  return found
}
