import { pipelineOptions, wholeNumber, type PipelineOptions } from '../options.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const preview: Verb = (program) =>
  pipelineOptions(program.command('preview').helpGroup(GROUPS.look))
    .summary('show the first rows of a stream')
    .description('Runs a pipeline just far enough for the first rows of a stream, and prints them as a table. Nothing is written. A stream that needs a model which the pipeline first has to train is refused.')
    .argument('<file>', 'pipeline file')
    .argument('<stream>', 'name of the stream')
    .option('--rows <n>', 'rows to show', wholeNumber(1, 1_000_000), 10)
    .addHelpText('after', `
Examples:
  heatbath preview pipelines/eight-gaussians.yaml particles
  heatbath preview flights.yaml training --rows 3`)
    .action(async (file: string, stream: string, { rows, ...options }: PipelineOptions & { readonly rows: number }) => {
      const { previewStream } = await import('../preview-stream.ts')
      await previewStream(file, stream, rows, options)
    })
