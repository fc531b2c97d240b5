import type { Examination } from '../doctor/examine.ts'
import { EXIT } from '../exit.ts'
import { formatOption } from '../options.ts'
import { table } from '../table.ts'
import { bytes } from '../../view/amounts.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const doctor: Verb = (program) =>
  program.command('doctor').helpGroup(GROUPS.machine)
    .summary('examine this machine')
    .description('Says what heatbath finds here: TensorFlow and whether it computes, processor, memory, disk, caches, and what set-up needs. Exits with 1 if TensorFlow should work here and does not. Put what it says into a report of a fault.')
    .addOption(formatOption('text', 'json'))
    .addHelpText('after', `
Examples:
  heatbath doctor
  heatbath doctor --format json | jq .tensorflow`)
    .action(async ({ format }: { readonly format: 'text' | 'json' }) => {
      const { examine } = await import('../doctor/examine.ts')
      const found = await examine()
      process.stdout.write(format === 'json' ? `${JSON.stringify(found, null, 2)}\n` : text(found))
      if (found.problems.length > 0) process.exitCode = EXIT.failed
    })

function text({ heatbath, node, platform, tensorflow, processor, memory, disk, caches, tools, packages, problems }: Examination): string {
  const { engine, device, version, folder, reason, xla_flags, first_program_ms } = tensorflow
  const rows = [
    ['heatbath', `${heatbath}, Node ${node}, ${platform}`],
    ['TensorFlow', version === undefined ? `not loaded: ${reason}` : `${version}, in ${folder}`],
    ['engine', `${engine === 'xla' ? 'XLA' : 'eager, op by op'}, on the ${device}${first_program_ms === undefined ? '' : `; a first program took ${first_program_ms} ms`}`],
    ['processor', `${processor.model}, ${processor.threads} threads${processor.vector_bits === undefined ? '' : `, vectors of ${processor.vector_bits} bits`}`],
    ['', processor.flags.join(' ')],
    ['XLA flags', xla_flags],
    ['memory', `${megabytes(memory.free_mb)} free of ${megabytes(memory.total_mb)}${memory.limit_mb === undefined ? '' : `, limited to ${megabytes(memory.limit_mb)}`}`],
    ['disk', `${megabytes(disk.free_mb)} free in ${disk.folder}`],
    ['caches', `${caches.folder}, ${megabytes(caches.free_mb)} free`],
    ...caches.entries.map(({ name, bytes: size }) => ['', `${name}: ${bytes(size)}`]),
    ['pip', tools.pip ?? 'none'],
    ['C++ compiler', tools.compiler ?? 'none'],
    ['packages', Object.entries(packages).map(([name, one]) => `${name} ${one}`).join(', ')],
    ...problems.map((problem) => ['problem', problem]),
  ]
  return table([{ name: '' }, { name: '' }], rows.filter(([, value]) => value !== ''), false)
}

const megabytes = (amount: number): string => (amount === Infinity ? 'unknown' : bytes(amount * 1e6))
