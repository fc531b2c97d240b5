import { Option, type Command } from 'commander'
import { besideTensorFlow } from '../beside-tensorflow.ts'
import { pipelineOptions, wholeNumber } from '../options.ts'
import { serveOptions } from '../serve-options.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const run: Verb = (program) =>
  runOptions(pipelineOptions(program.command('run').helpGroup(GROUPS.run))
    .option('--out <dir>', 'the run folder itself (default: runs/<name>/<run id>)')
    .option('--run-id <id>', 'name of the run (default: made of the time)')
    .option('--limit <rows>', 'read no more rows than this from each source', wholeNumber(1)))
    .summary('run a pipeline')
    .description('Runs a pipeline: trains its models, draws its samples, writes its outputs into a run folder, and shows on stderr what it does. The last line of stdout is a summary in JSON. SIGINT (Ctrl-C) and SIGTERM end it after a checkpoint, from which `heatbath resume` goes on; a second one ends it at once.')
    .argument('<file>', 'pipeline file')
    .addHelpText('after', `
Examples:
  heatbath run pipelines/eight-gaussians.yaml
  heatbath run pipelines/eight-gaussians.yaml --set streams.particles.sample.steps=100 --set seed=8
  heatbath run flights.yaml --limit 10000 --out /tmp/try          a quick try on a part of the data
  heatbath run flights.yaml --run-id 2026-11-24 --no-serve --log-format json     as a job

Exit codes:
  0 done   1 failed   78 bad configuration   99 nothing to do: no stream had a row
  130, 143 ended by SIGINT or SIGTERM, after a checkpoint`)
    .action(async (file: string, options) => {
      const { runPipeline } = await besideTensorFlow(() => import('../run-pipeline.ts'))
      process.exitCode = await runPipeline(file, options)
    })

/** How a run is watched: options of all verbs that run pipelines. */
export const runOptions = (command: Command): Command =>
  serveOptions(command, ['serve'])
    .option('--no-serve', 'no live view')
    .option('--quiet', 'tell only what is wrong')
    .addOption(new Option('--log-format <format>', 'how it is told on stderr (default: a live view on a terminal, else text)').choices(['text', 'json']))
