/** Where streams lead: not in a circle, and somewhere; and which can be read again. */
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

/** A stream that others may read too is read once. */
export const checkRepeats: Check = (pipeline, report) => {
  for (const [name, declared] of pipeline.streams) {
    const part = declared.through.find(({ unit, config }) => unit.name === 'repeat' && config.epochs !== 1)
    if ('from' in declared && part !== undefined) {
      report('pipeline_order', part.path, `${name} reads the stream ${declared.from}, which passes once: there is nothing to repeat`, { hint: `Give ${name} a source of its own, or put repeat into ${declared.from}.`, what: 'key' })
    }
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
