/**
 * Arrays on the host: what goes into a compiled program and what comes out.
 *
 * A shape and row-major data. Booleans are bytes of 0 and 1.
 */

export type Dtype = 'float32' | 'int32' | 'bool'

export interface DataOf {
  readonly float32: Float32Array
  readonly int32: Int32Array
  readonly bool: Uint8Array
}

export interface ArraySpec {
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/** A shape and dtype without values. A class, so that trees take it for a leaf. */
export class Spec<D extends Dtype = Dtype> implements ArraySpec {
  readonly dtype: D
  readonly shape: readonly number[]

  constructor(dtype: D, shape: readonly number[]) {
    this.dtype = dtype
    this.shape = shape
  }
}

export class HostArray<D extends Dtype = Dtype> implements ArraySpec {
  readonly dtype: D
  readonly shape: readonly number[]
  readonly data: DataOf[D]

  constructor(dtype: D, shape: readonly number[], data: DataOf[D]) {
    if (data.length !== sizeOf(shape)) throw new RangeError(`${data.length} values for shape [${shape.join(', ')}]`)
    this.dtype = dtype
    this.shape = shape
    this.data = data
  }
}

export const float32 = (shape: readonly number[], data: Float32Array): HostArray<'float32'> => new HostArray('float32', shape, data)
export const int32 = (shape: readonly number[], data: Int32Array): HostArray<'int32'> => new HostArray('int32', shape, data)
export const scalarInt = (value: number): HostArray<'int32'> => int32([], Int32Array.of(value))
export const scalarFloat = (value: number): HostArray<'float32'> => float32([], Float32Array.of(value))

/** An array of zeros, of a spec. */
export function zeros({ dtype, shape }: ArraySpec): HostArray {
  return new HostArray(dtype, shape, new ARRAYS[dtype](sizeOf(shape)))
}

/** An array of float32 zeros in memory that threads share: what is sent to a worker is not copied. */
export const sharedFloats = (shape: readonly number[]): HostArray<'float32'> =>
  float32(shape, new Float32Array(new SharedArrayBuffer(sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT)))

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1)
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((extent, i) => extent === b[i])
/** `float32[2, 100]` */
export const describe = ({ dtype, shape }: { dtype: string; shape: readonly number[] }): string => `${dtype}[${shape.join(', ')}]`
