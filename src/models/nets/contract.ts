/**
 * Nets: parametrised functions f(x, condition) on rows.
 *
 * x [rows, inputs]; the result is [rows, outputs]. Parameters are a tree of float32 arrays.
 */
import type { z } from 'zod'
import type { Tensor1D, Tensor2D } from '../../engine/tf.ts'
import { unit, type Declaration, type Declared, type Unit } from '../../unit.ts'
import type { DataSummary } from '../data-summary.ts'
import type { HostDraws } from './host-draws.ts'

/** What a net is told besides x. */
export interface Condition {
  /** How much noise x carries, [rows]; its meaning is the preconditioning's. */
  readonly noise: Tensor1D
  /** Of a model with classes: 1 in the column of a row's class, 0 elsewhere and where none is known, [rows, classes]. */
  readonly classes?: Tensor2D
}

export interface Net<P = unknown> {
  /** Initial parameters, as a tree of host arrays of the shape of P; `classes` is how many it is to tell apart, 0 unless given. */
  init(inputs: number, outputs: number, draws: HostDraws, classes?: number): unknown
  apply(parameters: P, x: Tensor2D, condition: Condition): Tensor2D
  /** True if it makes as many outputs as it has inputs, and no other number: as nets on images do. */
  readonly is_square?: boolean
  /** True if it heeds the classes that it is told. */
  readonly knows_classes?: boolean
  /**
   * Number of states of each coordinate, of a net that is autoregressive. It sees sequences one-hot, [rows, Σ states], and makes as
   * many outputs: the logits of each coordinate's states, which the coordinates before it alone decide. Reading it throws config_unresolved
   * while it is left to the data.
   */
  readonly states?: readonly number[]
  /** The same net with every `auto` decided, of a net that has some. */
  resolve?(data: DataSummary): Declared<Net>
}

/** The bytes of a file, by its path from the pipeline. */
export type ReadFile = (path: string) => Promise<Uint8Array>

/** A net that lies in a file: it is one once that was read. */
export interface FileNet {
  readonly file: string
  read(files: ReadFile): Promise<Declared<Net>>
}

export function defineNet<C extends z.ZodType, P, Made extends Net<P> | FileNet = Net<P>>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Made },
): Unit<'net', C, Made> {
  return unit('net', declaration, declaration.make)
}
