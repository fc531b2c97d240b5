#!/usr/bin/env -S node --
/**
 * The command `heatbath`.
 *
 * stdout carries data, or the summary of a run as its last line; everything for people goes to
 * stderr. A reader that leaves early (`heatbath list | head -1`) changes nothing but that.
 * The `--` above keeps Node from taking our --env-file for its own, which it looks for behind the script, too.
 */
import v8 from 'node:v8'
import { makeProgram } from './program.ts'
import { report } from './report.ts'

// The heap may grow to four times of what is in use before V8 collects, which it would allow itself if collecting were cheap: a run
// makes hundreds of MB of columns a second, of which nothing lives long, and collections took a seventh of its time.
v8.setFlagsFromString('--heap-growing-percent=300')

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

let code: number | string | undefined
try {
  await makeProgram().parseAsync()
  code = process.exitCode
} catch (error) {
  code = report(error)
}
await new Promise((resolve) => process.stdout.write('', resolve))
process.exit(code) // at once, whatever still holds the process
