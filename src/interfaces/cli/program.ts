/** The command line, made of its verbs. Whatever is wrong with a call is a HeatbathError. */
import { Command, CommanderError } from 'commander'
import { fail } from '../../errors.ts'
import { VERSION } from '../../version.ts'
import { GROUPS } from './verb.ts'
import { verbs } from './verbs/index.ts'

const EXAMPLES = `
Examples:
  heatbath run pipelines/mnist.yaml                       train, sample, write files, and watch it live
  heatbath run flights.yaml --set seed=4 --limit 10000    another seed, the first 10 000 rows
  heatbath lint pipelines/*.yaml                          every fault at once, with line and column
  heatbath describe langevin                              the fields of a component, and its paper
  heatbath create pipeline my-first > my-first.yaml       something to start from

Exit codes:
  0 done   1 failed, another try may help   78 bad configuration   99 nothing to do
  130, 143 ended by SIGINT or SIGTERM, after a checkpoint: \`heatbath resume\` goes on

Environment:
  HEATBATH_CACHE    folder of TensorFlow and of compiled programs (~/.cache/heatbath)
  HEATBATH_BACKEND  eager: compute without TensorFlow, slowly
  HEATBATH_TOKEN    secret that a run's server asks for, and that \`heatbath tap\` brings
  HEATBATH_DEBUG    1: stack traces of errors
  NO_COLOR          anything: no colours`

export function makeProgram(): Command {
  const program = new Command('heatbath')
    .description('Trains and samples energy-based and score-based generative models as streams, declared in YAML.')
    .usage('<verb> [options]')
    .version(VERSION, '-V, --version', 'the version of heatbath')
    .helpOption('-h, --help', 'this help; `heatbath <verb> --help` for a verb')
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({ outputError: () => undefined }) // told by whoever catches the error
    .addHelpText('after', EXAMPLES)
  program.addHelpCommand(program.createCommand('help').argument('[verb]').description('the help of a verb').helpGroup(GROUPS.learn))
  refuse(program)
  for (const verb of verbs) for (const command of withChildren(verb(program))) refuse(command)
  return program
}

const withChildren = (command: Command): Command[] => [command, ...command.commands.flatMap(withChildren)]

/** Turns commander's complaints into ours; help and version end as they do. */
function refuse(command: Command): void {
  command.helpOption('-h, --help', 'this help').exitOverride((error) => {
    if (!(error instanceof CommanderError) || error.exitCode === 0 || error.code === 'commander.help') throw error
    throw fail('command_invalid', { problem: sentence(error.message), command: nameOf(command) }, error)
  })
}

/** `error: unknown option '--otu'\n(Did you mean --out?)` as a sentence. */
const sentence = (message: string): string =>
  message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)/, '; did you mean $1?').replaceAll(/\s*\n\s*/g, ' ')

const nameOf = (command: Command): string => (command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`)
