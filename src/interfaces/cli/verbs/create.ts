import { fail } from '../../../errors.ts'
import { namesFrom } from '../skeletons/contract.ts'
import { skeletons } from '../skeletons/index.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const create: Verb = (program) =>
  program.command('create').helpGroup(GROUPS.learn)
    .summary('print a file to start from')
    .description(`Prints a small file that works, to start from: ${skeletons.map(({ kind }) => kind).join(', ')}. A pipeline is YAML; a component of your own is TypeScript, which a pipeline names under import.`)
    .argument('<kind>', 'what to create')
    .argument('[name]', 'its name; my-<kind> unless given')
    .addHelpText('after', `
Examples:
  heatbath create pipeline my-first > my-first.yaml && heatbath run my-first.yaml
  heatbath create training points > points.yaml
  heatbath create energy my-energy > my-energy.ts      then, in a pipeline: import: [./my-energy.ts]`)
    .action(async (kind: string, name = `my-${kind}`) => {
      const skeleton = skeletons.find((one) => one.kind === kind)
      if (skeleton === undefined) {
        const { suggest } = await import('../../../pipelines/issues.ts')
        throw fail('component_unknown', { name: `file of kind ${kind} to start from`, suggestion: suggest(kind, skeletons.map((one) => one.kind)) })
      }
      if (!/^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/.test(name)) throw fail('pipeline_name', { name })
      process.stdout.write(skeleton.text(namesFrom(name)))
    })
