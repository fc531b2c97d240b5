/**
 * Operators of the pipeline language.
 *
 * Each is a plain RxJS operator on record batches, exported as a function, and a declaration that
 * builds it from a pipeline. Nothing an operator emits is changed afterwards.
 */
import type { RecordBatch } from 'apache-arrow'
import type { Observable, OperatorFunction } from 'rxjs'
import type { z } from 'zod'
import type { Executor } from '../../engine/index.ts'
import { unit, type Declaration, type Declared, type Parts, type Unit } from '../../unit.ts'
import type { Model } from '../model.ts'

/** What a pipeline gives to the operators of a stream. */
export interface OperatorContext {
  readonly seed: number
  /** Name of the stream. */
  readonly stream: string
  /** Where random numbers are drawn: the stream, and which operator of its name this is where it has several. */
  readonly site: string
  readonly executor: Executor
  /** Aborted when the run should end at the next batch and keep what it has. */
  readonly stop: AbortSignal
  /** Rows of one pass over the stream's source, where it knows. */
  readonly rows?: number
  /** Batches that an earlier run brought to the operator's model: they are left out, and count where rows are numbered. */
  readonly seen?: number
  model(name: string): Model
  /** Another stream of the pipeline. */
  from(name: string): Observable<RecordBatch>
}

export interface Operator {
  build(context: OperatorContext): OperatorFunction<RecordBatch, RecordBatch>
}

export function defineOperator<C extends z.ZodType>(
  declaration: Declaration<C> & {
    build(config: z.output<C>, context: OperatorContext, parts: Parts): OperatorFunction<RecordBatch, RecordBatch>
  },
): Unit<'operator', C, Operator> {
  return unit('operator', declaration, (config, parts) => ({ build: (context) => declaration.build(config, context, parts) }))
}

/** A part, as the kind of component that its declaration promises. */
export const partOf = <T>(parts: Parts, name: string): Declared<T> => parts[name] as Declared<T>
