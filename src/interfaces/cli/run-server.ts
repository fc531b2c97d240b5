/** The server of a run, as the command starts it: until the run ends. */
import type { PipelineDeclaration } from '../../pipelines/declaration.ts'
import type { Meter } from '../../pipelines/meter.ts'
import { plan } from '../../pipelines/plan.ts'
import type { RunServer } from '../server/index.ts'
import { tellStack } from './report.ts'
import { serverOptionsOf, type ServeOptions } from './serve-options.ts'

export type { RunServer }

export interface Served {
  readonly pipeline: PipelineDeclaration
  readonly run_id: string
  readonly folder: string
  /** Counts what passes between the operators of the run. */
  readonly meter?: Meter
}

export async function startRunServer({ pipeline, meter, ...run }: Served, options: ServeOptions): Promise<RunServer> {
  const settings = await serverOptionsOf(options)
  const { servedPipeline, startServer } = await import('../server/index.ts') // a second of loading that --no-serve spares
  return startServer({ name: pipeline.name, phases: plan(pipeline), pipeline: servedPipeline(pipeline, meter), is_sparing: true, onFault: tellStack, ...run, ...settings })
}
