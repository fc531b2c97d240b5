/**
 * Encodings: how the columns of a table become the coordinates of a model, and back.
 *
 * An encoding is declared, then fitted once to a sample of the training data. Fitted, it is plain
 * data (`parameters`) that travels with the model: who samples, scores or imputes rows needs
 * nothing else.
 */
import type { Data, Field, RecordBatch, Schema } from 'apache-arrow'
import type { z } from 'zod'
import type { Variable } from '../../models/variables.ts'
import { unit, type Declaration, type Declared, type Unit } from '../../unit.ts'

export interface FittedEncoding {
  /** JSON: with the encoding's name and config, all that `restore` needs. */
  readonly parameters: unknown
  /** The coordinates: their number is the model's dimension. */
  readonly variables: readonly Variable[]
  /**
   * The rows of a batch as coordinates, row-major [rows, dim]. Throws data_column for a column that
   * is missing or of the wrong type, data_not_finite naming column and row for a null, NaN or infinity,
   * data_category for a category that it does not know.
   */
  encode(batch: RecordBatch, options?: EncodeOptions): Float32Array
  /** The columns that rows of coordinates stand for, in the table's own names and types. */
  readonly fields: readonly Field[]
  /** A column for each field. What coordinates that are not finite stand for is a null, or NaN where the encoding says so. */
  decode(coordinates: Float32Array): Data[]
  /** A table's own column in the type of the field of that number; absent where a value with coordinates is what they are decoded to. */
  convert?(own: Data, field: number): Data
  /**
   * log |dz/dv| of each row [rows, dim] of coordinates: a density over the columns' own units is that over
   * coordinates times dz/dv. Categories count in units of their noise.
   */
  logSlope(coordinates: Float32Array): Float64Array
  /** How far neighbouring values lie apart in each coordinate, 0 where they lie anywhere; absent where all do. */
  readonly spacing?: Float32Array
  /** Number of states of each coordinate, present where coordinates are the numbers of categories. */
  readonly states?: readonly number[]
}

export interface EncodeOptions {
  /** Number of the batch's first row in its stream, 0 unless given: errors name rows by it, noise is keyed by it. */
  readonly first_row?: number
  /** What keys the noise of categories; 0 and `encoding` unless given. */
  readonly seed?: number
  readonly stream?: string
  /** What becomes of a value without coordinates: an error unless given, or NaN in all its coordinates. */
  readonly invalid?: 'error' | 'mark'
}

export interface FitOptions {
  /** `error` unless given. */
  readonly on_invalid?: 'error' | 'drop'
}

/** As it is declared: what it makes does not know yet which encoding it is of. */
export interface MadeEncoding<Fitted extends FittedEncoding = FittedEncoding> {
  /** Whether coordinates are states, for models of discrete coordinates. */
  readonly is_discrete?: boolean
  /**
   * Fits to sample batches of the schema; the same batches give the same encoding. Nulls, NaN and
   * infinities are errors unless they are to be left out.
   */
  fit(schema: Schema, sample: readonly RecordBatch[], options?: FitOptions): Fitted
  /** A fitted encoding from its parameters. */
  restore(parameters: unknown): Fitted
}

export type Encoding = MadeEncoding<Declared<FittedEncoding>>

export function defineEncoding<C extends z.ZodType>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => MadeEncoding },
): Unit<'encoding', C, Encoding> {
  return unit('encoding', declaration, (config) => {
    const made = declaration.make(config)
    const known = (fitted: FittedEncoding): Declared<FittedEncoding> => ({ ...fitted, is: (encoding as Declared<Encoding>).is })
    const encoding: Encoding = { ...made, fit: (...given) => known(made.fit(...given)), restore: (parameters) => known(made.restore(parameters)) }
    return encoding
  })
}
