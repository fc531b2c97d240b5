/**
 * What the parts of a pipeline say of each other.
 *
 * Faulty parts are left out of a declaration: checks that would take their absence for a fault run
 * only where there is none.
 */
import type { PipelineDeclaration } from '../declaration.ts'
import { isError, type Issue } from '../issues.ts'
import { reporter, type Locate } from './contract.ts'
import { checkClasses } from './classes.ts'
import { checkCycles, checkIdle, checkRepeats } from './flow.ts'
import { checkModels } from './models.ts'
import { checkNames, type Names } from './names.ts'
import { checkOutputs } from './outputs.ts'
import { checkRows } from './rows.ts'
import { checkSampling } from './sampling.ts'
import { checkRereading, checkTrained, checkTraining } from './training.ts'

/** `faults` are those that made the declaration what it is. */
export function checkParts(pipeline: PipelineDeclaration, names: Names, faults: readonly Issue[], locate: Locate): Issue[] {
  const { issues, report } = reporter(locate)
  const isFaultless = (): boolean => ![...faults, ...issues].some(isError)
  checkNames(pipeline, names, report)
  const isComplete = isFaultless()
  checkCycles(pipeline, report)
  checkRepeats(pipeline, report)
  checkSampling(pipeline, report)
  checkModels(pipeline, report)
  checkClasses(pipeline, report)
  checkRows(pipeline, report)
  checkOutputs(pipeline, report)
  checkTraining(wholeStreams(pipeline, faults), report)
  if (isComplete) checkTrained(pipeline, report)
  if (isFaultless()) checkRereading(pipeline, report)
  if (isComplete) checkIdle(pipeline, report)
  return issues
}

const wholeStreams = (pipeline: PipelineDeclaration, faults: readonly Issue[]): PipelineDeclaration =>
  ({ ...pipeline, streams: new Map([...pipeline.streams].filter(([name]) => !faults.some(({ path }) => `${path}.`.startsWith(`streams.${name}.`)))) })
