/** Where streams lead: not in a circle, and somewhere. */
import { usedModels } from '../declaration.ts'
import { inputsOf } from '../plan.ts'
import type { Check } from './contract.ts'

export const checkCycles: Check = (pipeline, report) => {
  const done = new Set<string>()
  const visit = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) {
      const circle = trail.slice(trail.indexOf(name))
      if (!circle.some((one) => done.has(one))) report('pipeline_cycle', ['streams', name], `streams run in a circle: ${[...circle, name].join(' → ')}`, { what: 'key' })
      circle.forEach((one) => done.add(one))
      return
    }
    if (done.has(name)) return
    for (const input of inputsOf(name, pipeline)) visit(input, [...trail, name])
    done.add(name)
  }
  for (const name of pipeline.streams.keys()) visit(name, [])
}

/** What is shared is read once: a stream that reads another cannot begin it again. */
export const checkRepeats: Check = (pipeline, report) => {
  for (const declared of pipeline.streams.values()) {
    const repeat = 'source' in declared ? undefined : declared.through.find(({ unit }) => unit.name === 'repeat')
    if (repeat === undefined) continue
    const of = 'from' in declared ? `stream ${declared.from} is read` : 'particles are drawn'
    report('pipeline_order', repeat.path, `repeat has no source to read again: ${of} once, by all who want it`, { hint: 'Give this stream a source of its own (the same one, by a YAML anchor, will do).', what: 'key' })
  }
}

/** Streams that lead nowhere do not run, models that nobody names are not made; a pipeline without any output does nothing. */
export const checkIdle: Check = (pipeline, report) => {
  const used = new Set<string>()
  const use = (name: string): void => {
    if (used.has(name)) return
    used.add(name)
    inputsOf(name, pipeline).forEach(use)
  }
  pipeline.outputs.forEach((output) => 'from' in output && use(output.from))
  for (const [name, { through }] of pipeline.streams) if (through.some(({ unit }) => unit.name === 'optimize')) use(name)
  for (const [name, { path }] of pipeline.streams) {
    if (!used.has(name)) report('pipeline_idle', path, `stream ${name} has no output and trains nothing: it does not run`, { what: 'key', severity: 'warning' })
  }
  const models = usedModels(pipeline)
  for (const [name, { path }] of pipeline.models) {
    if (!models.has(name)) report('pipeline_idle', path, `model ${name} is not used`, { hint: 'Use it, or take it out.', what: 'key', severity: 'warning' })
  }
}
