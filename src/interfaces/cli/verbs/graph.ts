import { formatOption, pipelineOptions, type PipelineOptions } from '../options.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const graph: Verb = (program) =>
  pipelineOptions(program.command('graph').helpGroup(GROUPS.look))
    .summary('show streams, models and what is compiled together')
    .description('Shows the streams of a pipeline with their operators, the models they train and use, where everything goes, in which order it runs, and which operators become one compiled loop.')
    .argument('<file>', 'pipeline file')
    .option('--trust', 'load what the pipeline imports; it runs code of its author')
    .addOption(formatOption('text', 'mermaid', 'dot', 'json'))
    .addHelpText('after', `
Examples:
  heatbath graph pipelines/mnist.yaml
  heatbath graph pipelines/mnist.yaml --format mermaid          for Markdown and GitHub
  heatbath graph pipelines/mnist.yaml --format dot | dot -Tsvg > mnist.svg`)
    .action(async (file: string, { set = [], envFile, trust = false, format }: GraphOptions) => {
      const [{ rightPipeline }, made] = await Promise.all([import('../read-pipeline.ts'), import('../../../pipelines/graph.ts')])
      const { pipeline } = await rightPipeline(file, { set, trust, ...(envFile === undefined ? {} : { envFile }) })
      process.stdout.write(await FORMATS[format](made.graph(pipeline)))
    })

interface GraphOptions extends PipelineOptions {
  readonly trust?: boolean
  readonly format: keyof typeof FORMATS
}

type Write = (graph: import('../../../pipelines/graph.ts').PipelineGraph) => Promise<string>

const FORMATS = {
  text: async (made) => (await import('../graph/text.ts')).graphText(made),
  mermaid: async (made) => (await import('../graph/mermaid.ts')).graphMermaid(made),
  dot: async (made) => (await import('../graph/dot.ts')).graphDot(made),
  json: async (made) => `${JSON.stringify(made, null, 2)}\n`,
} satisfies Record<string, Write>
