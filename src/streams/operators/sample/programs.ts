/** The compiled functions of a sampling run: they depend on shapes and cadence, not on seeds or lengths. */
import { compile, int32, keyInPair, returned, Spec, tf, type Compiled, type Executor, type HostArray } from '../../../engine/index.ts'
import { Memo } from '../../../engine/memo.ts'
import type { WordPair } from '../../../engine/rng/index.ts'
import type { Scalar, Tensor1D, Tensor2D } from '../../../engine/tf.ts'
import type { Adaptation } from '../../../models/adaptations/contract.ts'
import type { Sampler } from '../../../models/samplers/contract.ts'
import { advance, begun, emitEach, emitEvery, startParticles, type Cadence, type Motion, type Particles, type Span } from '../../../models/samplers/trajectory.ts'
import type { DrawnStart } from '../../../models/starts/contract.ts'
import { identityText, type Declared } from '../../../unit.ts'
import type { Blocks } from './blocks.ts'
import type { Subject } from './subject.ts'

/** What one call does for a block. */
export interface Call {
  /** The words of the keys that its chains draw with: where they begin, and at their steps. */
  readonly start: readonly [number, number]
  readonly steps: readonly [number, number]
  /** Number of its first chain. */
  readonly first: number
  /** Its steps, `to` itself excluded. A call from step 0 begins the chains. */
  readonly from: number
  readonly to: number
  /** Number of the last step of all. */
  readonly last: number
}

/** As one array: each array that a call takes costs it 20 µs. */
export const packed = ({ start, steps, first, from, to, last }: Call): HostArray<'int32'> => int32(PACKED.shape, Int32Array.of(...start, ...steps, first, from, to, last))

const PACKED = new Spec('int32', [8])

/** The same in a recording. */
interface Unpacked {
  readonly start: WordPair
  readonly steps: WordPair
  readonly first: Scalar
  readonly span: Span
  readonly last: Scalar
}

function unpacked(call: Tensor1D): Unpacked {
  const at = (index: number): Scalar => tf.reshape(tf.slice(call, [index], [1]), [])
  return { start: [at(0), at(1)], steps: [at(2), at(3)], first: at(4), span: { from: at(5), to: at(6) }, last: at(7) }
}

interface Inputs {
  readonly call: Tensor1D
  readonly parameters: unknown
  /** Before step 0 they hold nothing; save positions, where chains begin with those that are given. */
  readonly particles: Particles
}

export interface Shape {
  readonly blocks: Blocks
  /** Rows of the emission buffers. */
  readonly rows: number
  readonly cadence: Cadence
  /** Steps of the burn-in that calls of their own make; the rest, if any, is made where particles are emitted. */
  readonly burn_in: number
}

/** What runs on the subject. */
export interface Chained {
  readonly sampler: Declared<Sampler>
  /** Draws the positions that chains begin with; absent where they are given. */
  readonly start?: Declared<DrawnStart>
  /** What tunes the sampler in the burn-in. */
  readonly adaptation?: Declared<Adaptation>
}

const compiled = new Memo<Promise<Compiled>>()
const specs = new Memo<unknown>()
const rates = new Memo<{ steps_per_ms: number }>()

export class Programs {
  readonly #executor: Executor
  readonly #subject: Subject
  readonly #parameters: unknown
  readonly #chained: Chained
  readonly #shape: Shape
  /** What all of its programs depend on, besides the executor and the subject's identity. */
  readonly #text: string

  /** `parameters` are the subject's, of which the shapes count. */
  constructor(executor: Executor, subject: Subject, parameters: unknown, chained: Chained, shape: Shape) {
    this.#executor = executor
    this.#subject = subject
    this.#parameters = parameters
    this.#chained = chained
    this.#shape = shape
    const { sampler, start, adaptation } = chained
    this.#text = identityText([shape.blocks.size, shape.blocks.lanes, sampler.is, start?.is, adaptation?.is, subject.text])
  }

  /** How fast the last call went: the next one's length follows from it. */
  get steps_per_ms(): number {
    return this.#rate.steps_per_ms
  }

  set steps_per_ms(value: number) {
    this.#rate.steps_per_ms = value
  }

  /** The particles of a block, as a tree of Specs. */
  get particles(): unknown {
    return specs.get([this.#executor, this.#subject.identity], `particles ${this.#shape.cadence.after}, ${this.#text}`, () =>
      returned(this.#name, this.#block(), (inputs: Pick<Inputs, 'call' | 'parameters'>) => {
        const { motion, call } = this.#opened(inputs)
        return startParticles({ ...motion, ...this.#adaptation() }, this.#positions(motion, call, tf.zeros([motion.target.dim, this.#shape.blocks.size])))
      }, this.#executor))
  }

  /** The particles some steps of the burn-in later, nothing emitted. */
  burnIn(): Promise<Compiled> {
    return this.#compiled(`burn in ${this.#shape.cadence.after}`, (inputs) => {
      const { motion, call } = this.#opened(inputs)
      return { particles: advance({ ...motion, ...this.#adaptation() }, this.#begun(motion, call, inputs.particles), call.span) }
    })
  }

  /** The particles some steps later, with the rows that the cadence emits. */
  emit(): Promise<Compiled> {
    const { rows, cadence, burn_in } = this.#shape
    return this.#compiled(`emit ${rows} ${JSON.stringify(cadence)} after ${burn_in}`, (inputs) => {
      const { motion, call } = this.#opened(inputs)
      const particles = burn_in > 0 ? inputs.particles : this.#begun(motion, call, inputs.particles)
      return cadence.every === 1
        ? emitEach(motion, particles, call.span, rows, call.last)
        : emitEvery(motion, particles, call.span, rows, cadence)
    })
  }

  #begun(motion: Motion, call: Unpacked, particles: Particles): Particles {
    return begun({ ...motion, ...this.#adaptation() }, particles, call.span, (given) => this.#positions(motion, call, given))
  }

  /** Where chains begin, in the coordinates in which they move. */
  #positions({ target, lanes }: Motion, call: Unpacked, given: Tensor2D): Tensor2D {
    const { start } = this.#chained
    if (start === undefined) return target.bijection?.inverse(given) ?? given
    return start.draw(keyInPair(call.start, lanes, tf.scalar(0, 'int32'), 0), [target.dim, this.#shape.blocks.size], target)
  }

  get #rate(): { steps_per_ms: number } {
    return rates.get([this.#executor, this.#subject.identity], this.#text, () => ({ steps_per_ms: 0.01 }))
  }

  #compiled(what: string, fn: (inputs: Inputs) => unknown): Promise<Compiled> {
    return compiled.get([this.#executor, this.#subject.identity], `${what}, ${this.#text}`, () =>
      compile(this.#name, { ...this.#block(), particles: this.particles }, fn, { executor: this.#executor, lanes: this.#shape.blocks.lanes, join: chainAxis }))
  }

  get #name(): string {
    return `${this.#chained.sampler.is.name} over ${this.#subject.name}`
  }

  #opened({ call, parameters }: Pick<Inputs, 'call' | 'parameters'>): { motion: Motion; call: Unpacked } {
    const { sampler } = this.#chained
    const numbers = unpacked(call)
    const lanes = lanesOf(numbers.first, this.#shape.blocks.size)
    const isCheap = this.#subject.cost === 'elementwise' && (sampler.evaluations ?? 1) === 1
    return {
      call: numbers,
      motion: {
        sampler,
        target: this.#subject.target(parameters, lanes),
        words: numbers.steps,
        lanes,
        steps_per_body: isCheap ? 2 : 1,
      },
    }
  }

  #adaptation(): Pick<Motion, 'adaptation'> {
    const { adaptation: rule } = this.#chained
    return rule === undefined ? {} : { adaptation: { rule, steps: this.#shape.cadence.after } }
  }

  #block() {
    return { call: PACKED, parameters: this.#parameters }
  }
}

/** Where emitted buffers count chains: after the rows, and after the coordinates of `scalars`. */
const chainAxis = (path: string): number | undefined => (path.startsWith('rows.') ? (path === 'rows.scalars' ? 2 : 1) : undefined)

/** The numbers of a block's chains, int32 [size]. */
const lanesOf = (first: Scalar, size: number): Tensor1D => tf.add(tf.range(0, size, 1, 'int32'), first)
