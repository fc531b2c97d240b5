import type { Description } from '../../../pipelines/describe.ts'
import { formatOption } from '../options.ts'
import { table } from '../table.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const describe: Verb = (program) =>
  program.command('describe').helpGroup(GROUPS.learn)
    .summary('show the fields of a component, with an example and its paper')
    .description('Shows what a component is, its fields with types and defaults, the components it is made of, an example, and the paper or page that defines it. The words pipeline, model, stream, sample and output are described, too.')
    .argument('<name>', 'name of a component or a word')
    .addOption(formatOption('text', 'json'))
    .addHelpText('after', `
Examples:
  heatbath describe annealed_langevin
  heatbath describe gaussian            an energy and a start have this name: both are shown
  heatbath describe pipeline            the words that a file begins with`)
    .action(async (name: string, { format }: { readonly format: 'text' | 'json' }) => {
      const [{ builtin }, { describedNames, describeName }, { suggest }, { fail }] =
        await Promise.all([import('../../../pipelines/catalogue.ts'), import('../../../pipelines/describe.ts'), import('../../../pipelines/issues.ts'), import('../../../errors.ts')])
      const found = describeName(name, builtin)
      if (found.length === 0) throw fail('component_unknown', { name: `component ${name}`, suggestion: suggest(name, describedNames(builtin)) })
      process.stdout.write(format === 'json' ? `${JSON.stringify(found, null, 2)}\n` : found.map(text).join('\n'))
    })

function text({ kind, name, summary, fields, parts, example, reference }: Description): string {
  const cells = fields.map((field) => [
    '', field.name, field.type, field.is_required ? 'required' : field.default === undefined ? '' : JSON.stringify(field.default), field.description,
  ])
  const inner = parts.map((part) => ['', part.field ?? `one ${part.kind}`, `${part.is_list ? 'list of ' : ''}${part.names.join(' | ')}`, part.is_required ? 'required' : '', part.description])
  const columns = [{ name: '' }, { name: 'field' }, { name: 'type' }, { name: 'default' }, { name: 'meaning' }]
  return [
    `${name}: ${kind}\n  ${summary}\n`,
    cells.length === 0 ? '' : `\nFields\n${table(columns, cells, false)}`,
    inner.length === 0 ? '' : `\nComponents\n${table(columns, inner, false)}`,
    `\nExample\n${example.split('\n').map((line) => `  ${line}\n`).join('')}`,
    `\nReference\n  ${reference}\n`,
  ].join('')
}
