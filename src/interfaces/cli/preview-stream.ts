/** The first rows of a stream, from a pipeline that runs just far enough for them. */
import type { RecordBatch } from 'apache-arrow'
import type { Observable } from 'rxjs'
import path from 'node:path'
import { defaultExecutor } from '../../engine/index.ts'
import { fail } from '../../errors.ts'
import { Build } from '../../pipelines/build.ts'
import { modelsOf, partsOf, usedModels, type PipelineDeclaration } from '../../pipelines/declaration.ts'
import { suggest } from '../../pipelines/issues.ts'
import { modelLoader } from '../../pipelines/load-model.ts'
import { inputsOf, TRAINING } from '../../pipelines/plan.ts'
import { concatBatches } from '../../streams/arrow/rows.ts'
import { printTo } from '../../streams/sinks/console.ts'
import type { PipelineOptions } from './options.ts'
import { rightPipeline } from './read-pipeline.ts'

export async function previewStream(file: string, name: string, rows: number, options: PipelineOptions): Promise<void> {
  const { pipeline, catalogue } = await rightPipeline(file, { ...options, trust: true })
  if (!pipeline.streams.has(name)) throw fail('component_unknown', { name: `stream ${name}`, suggestion: suggest(name, [...pipeline.streams.keys()]) })
  const needed = streamsFor(name, pipeline)
  needed.forEach((stream) => checkTrained(stream, pipeline))

  const controller = new AbortController()
  const folder = path.dirname(path.resolve(file))
  const build = new Build(only(pipeline, needed), { executor: defaultExecutor(), folder, stop: controller.signal, origin: {}, load: modelLoader(folder, catalogue) })
  await build.prepare()
  const streams = build.streams(needed)
  const taken = firstRows((streams.get(name) as { stream$: Observable<RecordBatch> }).stream$, rows, () => controller.abort())
  for (const stream of [...needed].reverse()) streams.get(stream)?.connect()
  const batches = await taken
  if (batches.length === 0) throw fail('data_empty', { stream: name })
  const batch = concatBatches(batches)
  const printer = await printTo(process.stdout, { rows }).open(batch.schema, { folder, name, origin: {} })
  await printer.write(batch)
}

/** A stream and all that it reads, inputs first. */
function streamsFor(name: string, pipeline: PipelineDeclaration): string[] {
  return [...new Set([...inputsOf(name, pipeline).flatMap((input) => streamsFor(input, pipeline)), name])]
}

/** Training may be looked at, it begins with an untrained model; whatever else uses a model needs one that is finished. */
function checkTrained(name: string, pipeline: PipelineDeclaration): void {
  const declared = pipeline.streams.get(name)
  if (declared === undefined) return
  const used = partsOf(declared).filter(({ unit }) => !TRAINING.has(unit.name)).flatMap(modelsOf)
  for (const model of used) {
    if ('made' in (pipeline.models.get(model) ?? {})) throw fail('preview_untrained', { stream: name, model })
  }
}

/** The streams, and of the models those that they use. */
function only(pipeline: PipelineDeclaration, streams: readonly string[]): PipelineDeclaration {
  const kept = new Map([...pipeline.streams].filter(([name]) => streams.includes(name)))
  const used = usedModels({ ...pipeline, streams: kept, outputs: [] })
  return { ...pipeline, streams: kept, models: new Map([...pipeline.models].filter(([name]) => used.has(name))), outputs: [] }
}

/** Subscribes at once, and leaves when it has enough. */
function firstRows(stream$: Observable<RecordBatch>, rows: number, stop: () => void): Promise<RecordBatch[]> {
  return new Promise((resolve, reject) => {
    const taken: RecordBatch[] = []
    let left = rows
    const subscription = stream$.subscribe({
      next(batch) {
        if (left === 0) return
        const head = batch.numRows > left ? batch.slice(0, left) : batch
        left -= head.numRows
        if (head.numRows > 0) taken.push(head)
        if (left > 0) return
        stop()
        subscription.unsubscribe()
        resolve(taken)
      },
      error: reject,
      complete: () => resolve(taken),
    })
  })
}
