/**
 * A function of a model or an energy, and of rows of coordinates, compiled for blocks of rows.
 *
 * What it makes of a row depends on the row and its number alone: numbers key what it draws. Blocks
 * are as many rows as a power of two, the last one padded with its last row.
 */
import { compile, float32, int32, keyAt, scalarInt, streamKey, tf, type Compiled, type Executor, type HostArray, type Key, type WordPair } from '../../../engine/index.ts'
import { Memo } from '../../../engine/memo.ts'
import type { Tensor, Tensor1D, Tensor2D } from '../../../engine/tf.ts'
import type { Bound, RowSubject } from './subject.ts'

export interface RowFunction {
  /** Named in errors. */
  readonly name: string
  /** All that it depends on, apart from its subject and shapes. */
  readonly text: string
  /** Where its random numbers come from. */
  readonly seed: number
  readonly site: string
  /** Of x [rows, dim]: [rows] or [rows, size] under each name. The key is drawn at the rows' numbers, and step 0. */
  make(subject: Bound, x: Tensor2D, key: Key): Readonly<Record<string, Tensor>>
}

interface Inputs {
  readonly parameters: unknown
  readonly x: Tensor2D
  readonly numbers: Tensor1D
  readonly words: WordPair
}

const memo = new Memo<Promise<Compiled>>()

/** Most rows of a block: numbers of a block, over coordinates. */
const BLOCK_ROWS = 1024
const BLOCK_NUMBERS = 131072

export class RowProgram {
  readonly #subject: RowSubject
  readonly #function: RowFunction
  readonly #executor: Executor
  readonly #words: readonly HostArray[]

  constructor(subject: RowSubject, fn: RowFunction, executor: Executor) {
    this.#subject = subject
    this.#function = fn
    this.#executor = executor
    this.#words = streamKey(fn.seed, fn.site).map(scalarInt)
  }

  /** What the function makes of rows [rows, dim] with these numbers. */
  async run(coordinates: Float32Array, numbers: Int32Array): Promise<Record<string, Float32Array>> {
    const { dim } = this.#subject
    const rows = numbers.length
    const size = blockOf(rows, dim)
    const made: Record<string, Float32Array> = {}
    const { arrays: parameters, giveBack } = await this.#subject.borrow(this.#executor)
    try {
      for (let first = 0; first < rows; first += size) {
        const inputs = {
          parameters,
          x: float32([size, dim], padded(coordinates.subarray(first * dim, (first + size) * dim), size, dim)),
          numbers: int32([size], padded(numbers.subarray(first, first + size), size, 1)),
          words: this.#words,
        }
        const program = await this.#compiled(inputs, size)
        const [outputs = {}] = await program.run<Record<string, HostArray>>([inputs])
        for (const [name, { data, shape }] of Object.entries(outputs)) {
          const perRow = shape[1] ?? 1
          const whole = (made[name] ??= new Float32Array(rows * perRow))
          whole.set((data as Float32Array).subarray(0, Math.min(size, rows - first) * perRow), first * perRow)
        }
      }
    } finally {
      giveBack()
    }
    return made
  }

  #compiled(inputs: unknown, size: number): Promise<Compiled> {
    const { identity } = this.#subject
    const { name, text, make } = this.#function
    return memo.get([this.#executor, identity], `${name} ${text} ${size}`, () => compile<Inputs>(name, inputs, ({ parameters, x, numbers, words }) =>
      make(this.#subject.bound(parameters), x, keyAt(words, numbers, tf.scalar(0, 'int32'))), { executor: this.#executor }))
  }
}

/** The least power of two that holds all rows, or the largest block. */
function blockOf(rows: number, dim: number): number {
  const most = 2 ** Math.floor(Math.log2(Math.min(BLOCK_ROWS, Math.max(16, BLOCK_NUMBERS / dim))))
  return Math.min(most, 2 ** Math.ceil(Math.log2(Math.max(1, rows))))
}

function padded<T extends Float32Array | Int32Array>(values: T, rows: number, perRow: number): T {
  const block = new (values.constructor as new (length: number) => T)(rows * perRow)
  block.set(values)
  const last = values.subarray(values.length - perRow)
  for (let at = values.length; at < block.length; at += perRow) block.set(last, at)
  return block
}
