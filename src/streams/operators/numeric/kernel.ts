/**
 * Kernels: the numeric part of an operator, pure and recordable.
 *
 * A chain of kernels is one function of a batch: each reads columns of the batch or what an earlier
 * kernel gave, and may change the model's state, which is threaded through the chain.
 */
import { Field, Float32, type RecordBatch, type Schema } from 'apache-arrow'
import type { HostArray, Key } from '../../../engine/index.ts'
import type { Scalar } from '../../../engine/tf.ts'
import type { Kept, ModelState } from '../../model.ts'

/** Columns of a batch, [rows] or [rows, size]; between kernels also trees of tensors. */
export type Values = Readonly<Record<string, unknown>>

export interface Context {
  /** Drawn at (row, number of the batch). */
  readonly key: Key
  /** Number of the batch, from 0, int32 []; with a model, its version. */
  readonly step: Scalar
  readonly rows: number
}

/** What a call fetched: one row per batch, [n, ...]. */
export interface Fetched {
  readonly values: Readonly<Record<string, HostArray>>
  /** Number of the first batch. */
  readonly first: number
  readonly batches: number
  /** Rows of each batch. */
  readonly rows: number
}

export interface Kernel {
  /** Named in errors and in `graph`. */
  readonly name: string
  /** All that its function depends on, apart from shapes. */
  readonly text: string
  readonly reads: readonly string[]
  readonly gives: readonly string[]
  /** Of what it gives: scalars that belong into the training stream. */
  readonly reports?: readonly string[]
  /** Whether it passes on what kernels before it report. */
  readonly passes_reports?: boolean
  /** Where its random numbers come from. */
  readonly seed: number
  readonly site: string
  /** Whether it changes the model's state. */
  readonly updates: boolean
  /** What the kernel keeps in the model's state; undefined for what must not be there, as nobody keeps it up. */
  readonly keeps?: Readonly<Record<string, Kept | undefined>>
  step(context: Context, state: ModelState, values: Values): { readonly state: ModelState; readonly values: Values }
  /** Record batches of what the kernel gave, when it ends the chain. */
  batches(fetched: Fetched): RecordBatch[]
  /** Waits for the kernel's turn when it ends the chain, or until nobody wants it any more; it then gets one batch at a time. */
  turn?(step: number, closed: Promise<void>): Promise<void>
  /** Looks at a batch on the host before it goes in, and at what came out. Both may throw. */
  checkInput?(batch: RecordBatch): void
  checkOutput?(fetched: Fetched): void
}

const REPORT = 'heatbath.report'

/** The field of a scalar that belongs into the training stream: whoever ends the chain finds it by its mark. */
export const reportField = (name: string): Field => new Field(name, new Float32(), false, new Map([[REPORT, 'true']]))

/** Marked fields of a schema. */
export const reportsIn = ({ fields }: Schema): string[] => fields.filter(({ metadata }) => metadata.has(REPORT)).map(({ name }) => name)
