/** Outputs: each sink takes what it is given, and each has a place of its own in the run folder. */
import { HeatbathError } from '../../errors.ts'
import type { Sink } from '../../streams/sinks/contract.ts'
import { targetOf } from '../../streams/sinks/paths.ts'
import type { OutputDeclaration } from '../declaration.ts'
import { made, type Check, type Report } from './contract.ts'

export const checkOutputs: Check = (pipeline, report) => {
  const taken: { readonly place: string; readonly by: string }[] = []
  for (const output of pipeline.outputs) {
    const sink = made<Sink>(output.sink, report)
    if (sink === undefined) continue
    const { takes, places } = sink
    const given = 'from' in output ? 'stream' : 'model'
    if (takes !== given) report('pipeline_output', output.sink.path, `${output.sink.unit.name} takes a ${takes}, not a ${given}`, { what: 'key' })
    for (const path of places?.paths ?? []) {
      const place = placeOf(path, output, report)
      if (place === undefined) continue
      const other = taken.find((one) => isWithin(one.place, place) || isWithin(place, one.place))
      if (other !== undefined) report('pipeline_output', [...output.sink.path, 'path'], `${path} is written by ${other.by} as well`, { hint: 'Give each output a path of its own.' })
      taken.push({ place, by: output.path.join('.') })
    }
  }
}

/** Any folder will do: whether a path stays in it does not depend on where it is. */
const ANYWHERE = { folder: '/run' }

function placeOf(path: string, output: OutputDeclaration, report: Report): string | undefined {
  try {
    return targetOf(path, ANYWHERE).relative
  } catch (error) {
    if (!(error instanceof HeatbathError)) throw error
    return void report(error.code, [...output.sink.path, 'path'], error.message, { hint: error.hint })
  }
}

const isWithin = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`)
