/** The compiled functions of a sampling run: they depend on shapes and cadence, not on seeds or lengths. */
import { compile, keyInPair, scalarInt, Spec, tf, type Compiled, type Executor } from '../../../engine/index.ts'
import { Memo } from '../../../engine/memo.ts'
import type { WordPair } from '../../../engine/rng/index.ts'
import type { Scalar, Tensor1D } from '../../../engine/tf.ts'
import type { Sampler } from '../../../models/samplers/contract.ts'
import { advance, emitEach, emitEvery, startParticles, type Cadence, type Motion, type Particles } from '../../../models/samplers/trajectory.ts'
import type { Start } from '../../../models/starts/contract.ts'
import type { Declared } from '../../../unit.ts'
import type { Blocks } from './blocks.ts'
import type { Subject } from './subject.ts'

/** Places of a block in the key tree, as arrays: two key words and the number of its first chain. */
export const drawsOf = ([w0, w1]: readonly [number, number], first: number) => ({ words: [scalarInt(w0), scalarInt(w1)], first: scalarInt(first) })

interface StartInputs {
  readonly draws: { readonly words: WordPair; readonly first: Scalar }
  readonly parameters: unknown
}

interface Inputs extends StartInputs {
  readonly particles: Particles
  readonly span: { readonly from: Scalar; readonly to: Scalar }
  /** Number of the last step. */
  readonly last: Scalar
}

export interface Shape {
  readonly blocks: Blocks
  /** Rows of the emission buffers. */
  readonly rows: number
  readonly cadence: Cadence
}

const compiled = new Memo<Promise<Compiled>>()
const rates = new Memo<{ steps_per_ms: number }>()

export class Programs {
  readonly #executor: Executor
  readonly #subject: Subject
  readonly #parameters: unknown
  readonly #sampler: Declared<Sampler>
  readonly #start: Declared<Start>
  readonly #shape: Shape

  /** `parameters` are the subject's, of which the shapes count. */
  constructor(executor: Executor, subject: Subject, parameters: unknown, sampler: Declared<Sampler>, start: Declared<Start>, shape: Shape) {
    this.#executor = executor
    this.#subject = subject
    this.#parameters = parameters
    this.#sampler = sampler
    this.#start = start
    this.#shape = shape
  }

  /** How fast the last call went: the next one's length follows from it. */
  get steps_per_ms(): number {
    return this.#rate.steps_per_ms
  }

  set steps_per_ms(value: number) {
    this.#rate.steps_per_ms = value
  }

  /** The particles at the start of a block. */
  start(): Promise<Compiled> {
    return this.#compiled('start', this.#startExample(), ({ draws, parameters }: StartInputs) => {
      const target = this.#subject.target(parameters)
      const { size } = this.#shape.blocks
      const key = keyInPair(draws.words, lanesOf(draws.first, size), tf.scalar(0, 'int32'), 0)
      return startParticles(this.#sampler, target, this.#start.draw(key, [target.dim, size]))
    })
  }

  /** The particles some steps later, nothing emitted. */
  advance(particles: unknown): Promise<Compiled> {
    return this.#compiled('advance', this.#example(particles), (inputs: Inputs) =>
      ({ particles: advance(this.#motion(inputs), inputs.particles, inputs.span) }))
  }

  /** The particles some steps later, with the rows that the cadence emits. */
  emit(particles: unknown): Promise<Compiled> {
    const { rows, cadence } = this.#shape
    return this.#compiled(`emit ${rows} ${JSON.stringify(cadence)}`, this.#example(particles), (inputs: Inputs) => {
      const motion = this.#motion(inputs)
      return cadence.every === 1
        ? emitEach(motion, inputs.particles, inputs.span, rows, inputs.last)
        : emitEvery(motion, inputs.particles, inputs.span, rows, cadence)
    })
  }

  get #rate(): { steps_per_ms: number } {
    return rates.get([this.#executor, this.#subject.identity], this.#text(''), () => ({ steps_per_ms: 0.01 }))
  }

  #compiled<In>(what: string, example: unknown, fn: (inputs: In) => unknown): Promise<Compiled> {
    return compiled.get([this.#executor, this.#subject.identity], this.#text(what), () =>
      compile(`${this.#sampler.is.name} over ${this.#subject.name}`, example, fn, { executor: this.#executor, lanes: this.#shape.blocks.lanes, join: chainAxis }))
  }

  #text(what: string): string {
    const { size, lanes } = this.#shape.blocks
    return JSON.stringify([what, size, lanes, this.#sampler.is, this.#start.is, this.#subject.text])
  }

  #motion({ draws, parameters }: Inputs): Motion {
    return {
      sampler: this.#sampler,
      target: this.#subject.target(parameters),
      words: draws.words,
      lanes: lanesOf(draws.first, this.#shape.blocks.size),
      steps_per_body: this.#subject.cost === 'elementwise' ? 2 : 1,
    }
  }

  #startExample() {
    return { draws: drawsOf([0, 0], 0), parameters: this.#parameters }
  }

  #example(particles: unknown) {
    const number = new Spec('int32', [])
    return { ...this.#startExample(), particles, span: { from: number, to: number }, last: number }
  }
}

/** Where emitted buffers count chains: after the rows, and after the coordinates of `scalars`. */
const chainAxis = (path: string): number | undefined => (path.startsWith('rows.') ? (path === 'rows.scalars' ? 2 : 1) : undefined)

/** The numbers of a block's chains, int32 [size]. */
const lanesOf = (first: Scalar, size: number): Tensor1D => tf.add(tf.range(0, size, 1, 'int32'), first)
