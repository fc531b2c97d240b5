import { Option } from 'commander'
import { wholeNumber } from '../options.ts'
import type { TapOptions } from '../tap.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const tap: Verb = (program) =>
  program.command('tap').helpGroup(GROUPS.run)
    .summary('read a stream of a run that goes on')
    .description('Reads a stream of a run that goes on, here or elsewhere, without slowing or changing it: what this end is too slow for is dropped, and said at the end. Without a stream, lists those there are. A token is taken from HEATBATH_TOKEN; authorities of certificates besides the usual ones, from NODE_EXTRA_CA_CERTS.')
    .argument('<run>', 'URL of a run or of a stream, or the run\'s folder, its name, or name/id')
    .argument('[stream]', 'name of the stream')
    .option('--every <n>', 'each n-th step, or batch where there are no steps', wholeNumber(1, 999_999_999))
    .option('--rows <n>', 'so many chains, the same ones all the time; 10 in a table unless given', wholeNumber(1, 999_999_999))
    .option('--columns <names>', 'only these, in this order: step,x,y')
    .addOption(new Option('--from <where>', 'begin with the newest batch, or with the first row: of a stream that no output writes, with the oldest batch that is still there').choices(['latest', 'start']).default('latest'))
    .option('--limit <n>', 'end after so many batches', wholeNumber(1, 999_999_999))
    .addOption(new Option('--format <format>', 'how it is written (default: table on a terminal, else ndjson)').choices(['arrow', 'ndjson', 'csv', 'table']))
    .addHelpText('after', `
Examples:
  heatbath tap eight-gaussians                                 the streams of the newest run
  heatbath tap eight-gaussians particles --every 100 --rows 5
  heatbath tap http://127.0.0.1:4983 particles --columns step,x0 --format csv > x0.csv
  heatbath tap eight-gaussians particles --format arrow | python -c 'import pyarrow as pa, sys; print(pa.ipc.open_stream(sys.stdin.buffer).read_all())'

Exit codes:
  0 the stream ended, or the reader of stdout left   1 it failed, broke off, or cannot be reached   78 no such run
  130, 143 ended by SIGINT or SIGTERM, after a whole line or batch`)
    .action(async (run: string, stream: string | undefined, options: TapOptions) => {
      const { listStreams, tapStream, wanted } = await import('../tap.ts')
      const { server, name } = wanted(run, stream)
      await (name === undefined ? listStreams(server, options) : tapStream(server, name, options))
    })
