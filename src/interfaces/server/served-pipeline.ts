/** What a server tells of the pipeline that is run: its graph, how long its streams are, energies under its particles. */
import type { PipelineDeclaration } from '../../pipelines/declaration.ts'
import { expected, type Expected } from '../../pipelines/expected.ts'
import { graph, type PipelineGraph } from '../../pipelines/graph.ts'
import { landscapesOf, type Landscape } from '../../pipelines/landscape.ts'
import type { Counts, Meter } from '../../pipelines/meter.ts'

export interface ServedPipeline {
  readonly graph: PipelineGraph
  readonly expected: Readonly<Record<string, Expected>>
  readonly landscapes: ReadonlyMap<string, Landscape>
  readonly meter?: Meter
}

/** What /graph answers. */
export interface GraphAnswer extends PipelineGraph {
  readonly expected: Readonly<Record<string, Expected>>
  /** Streams that have a landscape. */
  readonly landscapes: readonly string[]
  /** What left each part of a stream so far: its head, then each operator; null where it is not counted. */
  readonly counts: Counts
}

export const servedPipeline = (pipeline: PipelineDeclaration, meter?: Meter): ServedPipeline => ({
  graph: graph(pipeline),
  expected: Object.fromEntries(expected(pipeline)),
  landscapes: landscapesOf(pipeline),
  ...(meter === undefined ? {} : { meter }),
})

export const graphAnswer = ({ graph: made, expected: lengths, landscapes, meter }: ServedPipeline): GraphAnswer =>
  ({ ...made, expected: lengths, landscapes: [...landscapes.keys()], counts: meter?.counts() ?? {} })
