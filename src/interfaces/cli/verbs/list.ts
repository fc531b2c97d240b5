import { formatOption } from '../options.ts'
import { table } from '../table.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const list: Verb = (program) =>
  program.command('list').helpGroup(GROUPS.learn)
    .summary('list the components there are')
    .description('Lists the components that a pipeline may name, all of them or those of a kind: source, operator, sink, energy, sampler, start, net, noise, preconditioning, encoding, loss, optimizer, schedule.')
    .argument('[kind]', 'kind of component')
    .addOption(formatOption('text', 'json'))
    .addHelpText('after', `
Examples:
  heatbath list
  heatbath list sampler
  heatbath list --format json | jq -r '.[] | select(.kind == "sink") | .name'`)
    .action(async (kind: string | undefined, { format }: { readonly format: 'text' | 'json' }) => {
      const [{ builtin }, { KINDS }, { suggest }, { fail }] =
        await Promise.all([import('../../../pipelines/catalogue.ts'), import('../../../pipelines/words.ts'), import('../../../pipelines/issues.ts'), import('../../../errors.ts')])
      if (kind !== undefined && !KINDS.some((one) => one === kind)) throw fail('component_unknown', { name: `kind ${kind}`, suggestion: suggest(kind, KINDS) })
      const listed = KINDS.filter((one) => kind === undefined || one === kind).flatMap((one) =>
        builtin.of(one).map(({ name, summary }) => ({ kind: one, name, summary })))
      if (format === 'json') return void process.stdout.write(`${JSON.stringify(listed, null, 2)}\n`)
      const columns = [{ name: 'kind' }, { name: 'name' }, { name: 'summary' }]
      const rows = listed.map((one) => [one.kind, one.name, one.summary])
      process.stdout.write(kind === undefined ? table(columns, rows, false) : table(columns.slice(1), rows.map((row) => row.slice(1)), false))
    })
