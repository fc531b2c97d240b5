/** The server of a run, as the command starts it: on this machine alone, until the run ends. */
import type { PipelineDeclaration } from '../../pipelines/declaration.ts'
import { plan } from '../../pipelines/plan.ts'
import type { RunServer } from '../server/index.ts'
import { tellStack } from './report.ts'

export type { RunServer }

export interface Served {
  readonly pipeline: PipelineDeclaration
  readonly run_id: string
  readonly folder: string
  /** Taken or refused; unless given, 4983 or the next that is free. */
  readonly port?: number
}

export async function startRunServer({ pipeline, ...options }: Served): Promise<RunServer> {
  const { startServer } = await import('../server/index.ts') // a second of loading that --no-serve spares
  return startServer({ name: pipeline.name, phases: plan(pipeline), onFault: tellStack, ...options })
}
