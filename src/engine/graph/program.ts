/**
 * A recorded program as plain data: TensorFlow functions, and what goes in and out of the first.
 *
 * It can be cloned to a worker, written to a file or sent to another machine; nothing in it is
 * code, and its ops come from the table in ops.ts alone. References to a node's output read
 * `node:output:index`, to an argument just its name, as in TensorFlow's FunctionDef.
 */
import type { ArraySpec, HostArray } from '../array.ts'

export type GraphDtype = 'float32' | 'int32' | 'bool' | 'uint32'

/** Of values between nodes, too. */
export type NodeDtype = GraphDtype | 'bfloat16'

export interface TensorValue {
  readonly dtype: GraphDtype
  readonly shape: readonly number[]
  /** All values, or a single one that stands for every element. */
  readonly data: Float32Array | Int32Array | Uint8Array | Uint32Array
}

export type Attribute =
  | { readonly type: NodeDtype }
  | { readonly int: number }
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly shape: readonly number[] }
  | { readonly tensor: TensorValue }
  | { readonly func: string }
  | { readonly funcs: readonly FunctionCall[] }
  | { readonly placeholder: string }
  | { readonly types: readonly GraphDtype[] }
  | { readonly ints: readonly number[] }
  | { readonly shapes: readonly (readonly number[])[] }

export interface Node {
  readonly name: string
  readonly op: string
  readonly inputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** A function, and the values of its parameters. */
export interface FunctionCall {
  readonly name: string
  readonly parameters: Readonly<Record<string, Attribute>>
}

export interface GraphFunction {
  readonly name: string
  /** Names of ints that its caller gives; an attribute of a node has the value of one by a placeholder. */
  readonly parameters?: readonly string[]
  readonly args: readonly { readonly name: string; readonly dtype: GraphDtype }[]
  readonly results: readonly { readonly name: string; readonly dtype: GraphDtype; readonly ref: string }[]
  readonly nodes: readonly Node[]
  readonly attributes?: Readonly<Record<string, Attribute>>
}

export interface Program {
  /** What is named in errors: `langevin over ring_of_gaussians`. */
  readonly name: string
  /** The function that is called comes first; the others are bodies and conditions of its loops. */
  readonly functions: readonly GraphFunction[]
  readonly inputs: readonly ArraySpec[]
  readonly outputs: readonly ArraySpec[]
  /** Constants too large for a node; they follow the inputs. */
  readonly captures: readonly HostArray[]
  /** Compiled by XLA, or run node by node by TensorFlow. */
  readonly is_compiled: boolean
}
