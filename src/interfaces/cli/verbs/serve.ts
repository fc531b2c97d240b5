import { serveOptions, type ServeOptions } from '../serve-options.ts'
import { GROUPS, type Verb } from '../verb.ts'

export const serve: Verb = (program) =>
  serveOptions(program.command('serve').helpGroup(GROUPS.run))
    .summary('show a run that is over, as it was shown while it went on')
    .description('Serves a run that is over from its files: the page, its streams over HTTP and Arrow Flight. Streams are there that were written as Parquet or as an Arrow file. SIGINT (Ctrl-C) and SIGTERM end it.')
    .argument('<run>', 'a run folder, its name, or name/id')
    .addHelpText('after', `
Examples:
  heatbath serve eight-gaussians                            the newest run of this name
  heatbath serve eight-gaussians/first --flight-port 0      over Arrow Flight as well
  curl 'http://127.0.0.1:4983/streams/particles?format=csv&from=start'
  HEATBATH_TOKEN=$(openssl rand -hex 16) heatbath serve mnist --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem`)
    .action(async (run: string, options: ServeOptions) => {
      const { serveRun } = await import('../serve-run.ts')
      await serveRun(run, options)
    })
