/** The server of a run, as the command starts it: on this machine alone, until the run ends. */
import type { PipelineDeclaration } from '../../pipelines/declaration.ts'
import type { Meter } from '../../pipelines/meter.ts'
import { plan } from '../../pipelines/plan.ts'
import type { RunServer } from '../server/index.ts'
import { tellStack } from './report.ts'

export type { RunServer }

export interface Served {
  readonly pipeline: PipelineDeclaration
  readonly run_id: string
  readonly folder: string
  /** Counts what passes between the operators of the run. */
  readonly meter?: Meter
  /** Taken or refused; unless given, 4983 or the next that is free. */
  readonly port?: number
}

export async function startRunServer({ pipeline, meter, ...options }: Served): Promise<RunServer> {
  const { servedPipeline, startServer } = await import('../server/index.ts') // a second of loading that --no-serve spares
  return startServer({ name: pipeline.name, phases: plan(pipeline), pipeline: servedPipeline(pipeline, meter), onFault: tellStack, ...options })
}
