import { besideTensorFlow } from '../beside-tensorflow.ts'
import { wholeNumber } from '../options.ts'
import { runOptions } from './run.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const resume: Verb = (program) =>
  runOptions(program.command('resume').helpGroup(GROUPS.run))
    .summary('go on with a run that was stopped')
    .description('Goes on with a run that was stopped or that failed, from its last checkpoint: with the same pipeline, in the same folder.')
    .argument('<run>', 'a run folder, name@run-id, or name@latest')
    .option('--env-file <file>', 'variables for ${NAME} in the pipeline, a NAME=value in each line; those of the environment win')
    .option('--limit <rows>', 'as it was given to `run`', wholeNumber(1))
    .addHelpText('after', `
Examples:
  heatbath resume runs/mnist/20261124-201530-3f9a
  heatbath resume mnist@latest`)
    .action(async (run: string, options) => {
      const { resumePipeline } = await besideTensorFlow(() => import('../run-pipeline.ts'))
      process.exitCode = await resumePipeline(run, options)
    })
