/**
 * Adjacent numeric operators find each other when they are piped, and become one compiled loop.
 *
 *   rows$.pipe(perturb(noise), loss(model, dsm), optimize(model, adam))   one loop
 *   rows$.pipe(perturb(noise), map(f), loss(...), optimize(...))          two: f sees real values
 *
 * Fusion depends on the pipe alone, never on the data. Both ways agree to 1e-5.
 */
import type { RecordBatch } from 'apache-arrow'
import { Observable, type OperatorFunction } from 'rxjs'
import type { Model } from '../../model.ts'
import { drive } from './drive.ts'
import type { Kernel } from './kernel.ts'
import type { FlowOptions } from './options.ts'

/** A stream with a chain of kernels on it. */
export class Flow extends Observable<RecordBatch> {
  readonly head: Observable<RecordBatch>
  readonly kernels: readonly Kernel[]
  readonly model: Model | undefined
  readonly options: FlowOptions

  constructor(head: Observable<RecordBatch>, kernels: readonly Kernel[], model: Model | undefined, options: FlowOptions) {
    super((subscriber) => drive(head, kernels, model, options).subscribe(subscriber))
    this.head = head
    this.kernels = kernels
    this.model = model
    this.options = options
  }
}

/** An operator made of a kernel; it joins the chain of its source if that has the same model or none. */
export function numeric(kernel: Kernel, model?: Model, options: FlowOptions = {}): OperatorFunction<RecordBatch, RecordBatch> {
  return (source) => {
    if (!(source instanceof Flow) || !joins(source, model)) return new Flow(source, [kernel], model, options)
    return new Flow(source.head, [...source.kernels, kernel], model ?? source.model, { ...source.options, ...options })
  }
}

const joins = (flow: Flow, model: Model | undefined): boolean => flow.model === undefined || model === undefined || flow.model === model
