/** The compiled functions of a sampling run: they depend on shapes and cadence, not on seeds or lengths. */
import { compile, keyInPair, scalarInt, Spec, tf, type Compiled, type Executor } from '../../../engine/index.ts'
import { Memo } from '../../../engine/memo.ts'
import type { WordPair } from '../../../engine/rng/index.ts'
import type { Scalar, Tensor1D, Tensor2D } from '../../../engine/tf.ts'
import type { Adaptation } from '../../../models/adaptations/contract.ts'
import type { Sampler } from '../../../models/samplers/contract.ts'
import { advance, emitEach, emitEvery, startParticles, type Cadence, type Motion, type Particles } from '../../../models/samplers/trajectory.ts'
import type { DrawnStart } from '../../../models/starts/contract.ts'
import type { Declared } from '../../../unit.ts'
import type { Blocks } from './blocks.ts'
import type { Subject } from './subject.ts'

/** Places of a block in the key tree, as arrays: two key words and the number of its first chain. */
export const drawsOf = ([w0, w1]: readonly [number, number], first: number) => ({ words: [scalarInt(w0), scalarInt(w1)], first: scalarInt(first) })

interface BlockInputs {
  readonly draws: { readonly words: WordPair; readonly first: Scalar }
  readonly parameters: unknown
}

interface Inputs extends BlockInputs {
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

/** What runs on the subject. */
export interface Chained {
  readonly sampler: Declared<Sampler>
  /** Draws the positions that chains begin with; absent where they are given. */
  readonly start?: Declared<DrawnStart>
  /** What tunes the sampler in the burn-in. */
  readonly adaptation?: Declared<Adaptation>
}

const compiled = new Memo<Promise<Compiled>>()
const rates = new Memo<{ steps_per_ms: number }>()

export class Programs {
  readonly #executor: Executor
  readonly #subject: Subject
  readonly #parameters: unknown
  readonly #chained: Chained
  readonly #shape: Shape

  /** `parameters` are the subject's, of which the shapes count. */
  constructor(executor: Executor, subject: Subject, parameters: unknown, chained: Chained, shape: Shape) {
    this.#executor = executor
    this.#subject = subject
    this.#parameters = parameters
    this.#chained = chained
    this.#shape = shape
  }

  /** How fast the last call went: the next one's length follows from it. */
  get steps_per_ms(): number {
    return this.#rate.steps_per_ms
  }

  set steps_per_ms(value: number) {
    this.#rate.steps_per_ms = value
  }

  /** The particles at the start of a block; from `positions`, [dim, chains], where no start is to be drawn. */
  start(): Promise<Compiled> {
    const { start } = this.#chained
    const { size } = this.#shape.blocks
    if (start !== undefined) {
      return this.#compiled('start', this.#blockExample(), (inputs: BlockInputs) => {
        const motion = this.#motion(inputs)
        const key = keyInPair(motion.words, motion.lanes, tf.scalar(0, 'int32'), 0)
        return startParticles({ ...motion, ...this.#adaptation() }, start.draw(key, [motion.target.dim, size], motion.target))
      })
    }
    const example = { ...this.#blockExample(), positions: new Spec('float32', [this.#subject.target().dim, size]) }
    return this.#compiled('start from positions', example, (inputs: BlockInputs & { positions: Tensor2D }) => {
      const motion = this.#motion(inputs)
      return startParticles({ ...motion, ...this.#adaptation() }, motion.target.bijection?.inverse(inputs.positions) ?? inputs.positions)
    })
  }

  /** The particles some steps of the burn-in later, nothing emitted. */
  burnIn(particles: unknown): Promise<Compiled> {
    return this.#compiled(`burn in ${JSON.stringify(this.#adaptation().adaptation?.steps)}`, this.#example(particles), (inputs: Inputs) =>
      ({ particles: advance({ ...this.#motion(inputs), ...this.#adaptation() }, inputs.particles, inputs.span) }))
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
      compile(`${this.#chained.sampler.is.name} over ${this.#subject.name}`, example, fn, { executor: this.#executor, lanes: this.#shape.blocks.lanes, join: chainAxis }))
  }

  #text(what: string): string {
    const { size, lanes } = this.#shape.blocks
    const { sampler, start, adaptation } = this.#chained
    return JSON.stringify([what, size, lanes, sampler.is, start?.is, adaptation?.is, this.#subject.text])
  }

  #motion({ draws, parameters }: BlockInputs): Motion {
    const { sampler } = this.#chained
    const lanes = lanesOf(draws.first, this.#shape.blocks.size)
    const isCheap = this.#subject.cost === 'elementwise' && (sampler.evaluations ?? 1) === 1
    return {
      sampler,
      target: this.#subject.target(parameters, lanes),
      words: draws.words,
      lanes,
      steps_per_body: isCheap ? 2 : 1,
    }
  }

  #adaptation(): Pick<Motion, 'adaptation'> {
    const { adaptation: rule } = this.#chained
    return rule === undefined ? {} : { adaptation: { rule, steps: this.#shape.cadence.after } }
  }

  #blockExample() {
    return { draws: drawsOf([0, 0], 0), parameters: this.#parameters }
  }

  #example(particles: unknown) {
    const number = new Spec('int32', [])
    return { ...this.#blockExample(), particles, span: { from: number, to: number }, last: number }
  }
}

/** Where emitted buffers count chains: after the rows, and after the coordinates of `scalars`. */
const chainAxis = (path: string): number | undefined => (path.startsWith('rows.') ? (path === 'rows.scalars' ? 2 : 1) : undefined)

/** The numbers of a block's chains, int32 [size]. */
const lanesOf = (first: Scalar, size: number): Tensor1D => tf.add(tf.range(0, size, 1, 'int32'), first)
