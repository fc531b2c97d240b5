import { GROUPS, type Verb } from '../verb.ts'

export const schema: Verb = (program) =>
  program.command('schema').helpGroup(GROUPS.learn)
    .summary('print the JSON Schema of pipelines, for editors')
    .description('Prints the JSON Schema (draft 2020-12) of the pipeline language. Editors complete and check by it: in VS Code with the YAML extension, write its path into the first line of a pipeline.')
    .addHelpText('after', `
Example:
  heatbath schema > heatbath.schema.json
  # first line of a pipeline:
  # yaml-language-server: $schema=./heatbath.schema.json`)
    .action(async () => {
      const [{ builtin }, { pipelineSchema }] = await Promise.all([import('../../../pipelines/catalogue.ts'), import('../../../pipelines/json-schema.ts')])
      process.stdout.write(`${JSON.stringify(pipelineSchema(builtin), null, 2)}\n`)
    })
