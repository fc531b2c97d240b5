/**
 * The view: which stream the stage shows, in which coordinates, and how. It chooses by itself until
 * the reader does, asks the server for just that, and gives the stage the newest frame.
 */
import type { RecordBatch } from 'apache-arrow'
import type { GraphStream } from '../../../pipelines/graph.ts'
import { offsetOf } from '../data/coordinates.ts'
import { Frames, type Frame } from '../data/frame.ts'
import { drawableOf, type Axis, type Drawable } from '../data/kinds.ts'
import { MOST_POINTS, queryFor, type As } from '../data/query.ts'
import type { Run } from '../data/run.ts'
import { byId, setOptions } from '../dom.ts'
import { Tail } from '../net/tail.ts'
import type { SchemaInfo } from '../../../streams/taps/contract.ts'
import { schemaInfo } from '../../../streams/taps/schema-info.ts'
import { Ground } from '../stage/ground.ts'
import type { Stage } from '../stage/stage.ts'

interface Chosen {
  readonly stream: string
  readonly as: As
  readonly x: string
  readonly y: string
}

interface Candidate {
  readonly name: string
  readonly drawable: Drawable
}

/** Steps a second of a stream that is listened to before it has any. */
const AWAITED_RATE = 15

interface Shown {
  readonly chosen: Chosen
  readonly drawable: Drawable
}

export class View {
  readonly #run: Run
  readonly #stage: Stage
  readonly #selects = { stream: byId<HTMLSelectElement>('choose-stream'), as: byId<HTMLSelectElement>('choose-as'), x: byId<HTMLSelectElement>('choose-x'), y: byId<HTMLSelectElement>('choose-y') }
  /** What the reader chose; the rest is ours to choose. */
  #wish: Partial<Chosen> = {}
  #shown: Shown | undefined
  #frames = new Frames()
  #tail: Tail | undefined
  #hasBegun = false
  /** The stream that was listened to before it had anything, and schemas that were learned so. */
  #awaiting: string | undefined
  readonly #adopted = new Map<string, SchemaInfo>()
  #ground = new Ground()

  constructor(run: Run, stage: Stage) {
    this.#run = run
    this.#stage = stage
    for (const [field, select] of Object.entries(this.#selects)) {
      select.addEventListener('change', () => {
        const { stream, as } = this.#wish
        if (field === 'stream') this.#wish = {} // its coordinates are others
        if (field === 'as') this.#wish = { ...(stream === undefined ? {} : { stream }), ...(as === undefined ? {} : { as }) }
        this.#wish = { ...this.#wish, stream: this.#selects.stream.value, [field]: select.value }
        this.update()
      })
    }
  }

  /** What is on the stage, if anything. */
  get shown(): { readonly stream: string; readonly as: As; readonly drawable: Drawable } | undefined {
    return this.#shown === undefined ? undefined : { ...this.#shown.chosen, drawable: this.#shown.drawable }
  }

  get frame(): Frame | undefined {
    return this.#frames.newest
  }

  get has_terrain(): boolean {
    return this.#ground.grid !== undefined
  }

  get dropped(): number {
    return this.#tail?.dropped ?? 0
  }

  /** The `sample` that the stream on the stage begins with, maybe by way of others. */
  get sample(): GraphStream['sample'] {
    return this.#shown === undefined ? undefined : sampleOf(this.#run, this.#shown.chosen.stream)
  }

  /** Looks at which streams there are now. */
  update(): void {
    if (document.hidden) return
    const candidates = this.#candidates()
    const candidate = candidates.find(({ name }) => name === this.#wish.stream) ?? this.#best(candidates)
    const awaited = this.#wish.stream === undefined ? this.#awaitedStream(candidates) : undefined
    if (awaited !== undefined) this.#await(awaited)
    else if (candidate !== undefined) {
      if (this.#show(candidates, candidate)) {
        this.close()
        this.#frames = new Frames()
      }
      this.#open()
    }
  }

  #candidates(): Candidate[] {
    return this.#run.streams.flatMap(({ name, schema, batches }): Candidate[] => {
      const known = this.#adopted.get(name) ?? (batches === 0 ? undefined : schema)
      const drawable = known === undefined ? undefined : drawableOf(known)
      return drawable === undefined ? [] : [{ name, drawable }]
    })
  }

  /** True if it is another than before. */
  #show(candidates: readonly Candidate[], candidate: Candidate): boolean {
    const chosen = this.#chosen(candidate)
    this.#offer(candidates, candidate.drawable, chosen)
    if (this.#shown !== undefined && JSON.stringify(this.#shown.chosen) === JSON.stringify(chosen)) return false
    this.#shown = { chosen, drawable: candidate.drawable }
    this.#hasBegun = false
    this.#ground = new Ground()
    this.#stage.show(undefined)
    return true
  }

  /** Particles of this phase that have not come yet, when nothing else moves: a run may end with the first of them. */
  #awaitedStream(candidates: readonly Candidate[]): string | undefined {
    const isRunning = (name: string): boolean => this.#run.streams.some((stream) => stream.name === name && stream.state === 'running')
    if (this.#run.end !== undefined || candidates.some(({ name }) => isRunning(name))) return undefined
    return this.#run.graph?.streams.find(({ name, sample, phases }) => sample !== undefined && phases.includes(this.#run.state.phase) && !candidates.some((one) => one.name === name))?.name
  }

  /** Listens before there is anything, all columns; the first batch says what can be drawn. */
  #await(stream: string): void {
    if (this.#awaiting === stream) return
    this.close()
    this.#awaiting = stream
    const frames = new Frames()
    const chains = sampleOf(this.#run, stream)?.chains ?? 0
    this.#tail = new Tail({
      stream, query: { rate: AWAITED_RATE, ...(chains > MOST_POINTS ? { rows: MOST_POINTS } : {}) },
      onBatch: (batch) => {
        if (!this.#adopted.has(stream)) {
          this.#adopted.set(stream, schemaInfo(batch.schema))
          const candidates = this.#candidates()
          const candidate = candidates.find(({ name }) => name === stream)
          if (candidate !== undefined) this.#show(candidates, candidate)
          this.#frames = frames
        }
        frames.push(batch)
      },
      onEnd: () => frames.end(),
    })
  }

  /** Gives the stage the newest frame, and looks after the terrain. */
  show(now: number): void {
    const frame = this.#frames.newest
    if (frame === undefined || this.#shown === undefined) return
    if (!this.#hasBegun) this.#begin(frame.batches[0] as RecordBatch)
    this.#stage.frame(frame)
    if (!this.#isOverEnergy(this.#shown)) return
    const { chosen: { stream, x }, drawable: { axes } } = this.#shown
    if (this.#ground.look(now, this.#stage.drawn, stream, x !== axes[0]?.label)) this.#stage.terrain(this.#ground.grid)
  }

  /** Asks again, after a break. */
  reopen(): void {
    this.close()
    this.#open()
  }

  /** The run is over, and nobody answers any more. */
  end(): void {
    this.close()
    this.#frames.end()
  }

  /** Running particles before other running rows, before what has ended; of several the last. */
  #best(candidates: readonly Candidate[]): Candidate | undefined {
    const rank = ({ name, drawable }: Candidate): number => {
      const isRunning = this.#run.streams.find((stream) => stream.name === name)?.state === 'running'
      return (isRunning ? 2 : 0) + (drawable.is_particles || sampleOf(this.#run, name) !== undefined ? 1 : 0)
    }
    return candidates.reduce<Candidate | undefined>((best, one) => (best === undefined || rank(one) >= rank(best) ? one : best), undefined)
  }

  #chosen({ name, drawable: { axes, num_variables, image } }: Candidate): Chosen {
    const { as, x, y } = this.#wish
    const chains = sampleOf(this.#run, name)?.chains ?? 0
    const own: As = image !== undefined ? 'images' : chains > MOST_POINTS ? 'density' : 'points'
    const known = (label: string | undefined): string | undefined => axes.find((axis) => axis.label === label)?.label
    const [first, second] = num_variables > 1 ? [axes[0], axes[1]] : [axes[0], axes[num_variables] ?? axes[0]]
    return { stream: name, as: as !== undefined && (as !== 'images' || image !== undefined) ? as : own, x: known(x) ?? first?.label ?? '', y: known(y) ?? second?.label ?? '' }
  }

  #offer(candidates: readonly Candidate[], { axes, image }: Drawable, { stream, as, x, y }: Chosen): void {
    const labels = axes.map(({ label }) => [label, label] as const)
    setOptions(this.#selects.stream, candidates.map(({ name }) => [name, name]), stream)
    setOptions(this.#selects.as, [...(image === undefined ? [] : [['images', 'images'] as const]), ['points', 'points'], ['density', 'density']], as)
    setOptions(this.#selects.x, labels, x)
    setOptions(this.#selects.y, labels, y)
    byId('stream-field').hidden = candidates.length < 2
    byId('axes-fields').hidden = as === 'images' || axes.length < 2
  }

  #axes({ axes }: Drawable, { x, y }: Chosen): readonly [Axis, Axis] {
    const find = (label: string): Axis => axes.find((axis) => axis.label === label) ?? { label, column: label }
    return [find(x), find(y)]
  }

  /** Offsets of coordinates are those of the first rows. */
  #begin(batch: RecordBatch): void {
    const { chosen, drawable } = this.#shown as Shown
    const [x, y] = this.#axes(drawable, chosen)
    this.#hasBegun = true
    if (chosen.as !== 'images') this.#stage.show({ as: chosen.as, x: { ...x, offset: offsetOf(batch, x) }, y: { ...y, offset: offsetOf(batch, y) } })
    else if (drawable.image !== undefined) this.#stage.show({ as: 'images', shape: drawable.image })
  }

  #open(): void {
    if (this.#shown === undefined || this.#tail !== undefined) return
    const frames = this.#frames
    const { chosen, drawable } = this.#shown
    const query = queryFor(chosen.as, drawable, this.#axes(drawable, chosen), { chains: sampleOf(this.#run, chosen.stream)?.chains, is_software: this.#stage.is_software })
    this.#tail = new Tail({ stream: chosen.stream, query, onBatch: (batch) => frames.push(batch), onEnd: () => frames.end() })
  }

  /** Until the next update. */
  close(): void {
    this.#tail?.close()
    this.#tail = undefined
    this.#awaiting = undefined
  }

  /** Where both variables of an energy of two are the coordinates. */
  #isOverEnergy({ chosen: { stream, x, y, as }, drawable: { axes, num_variables } }: Shown): boolean {
    const own = axes.slice(0, num_variables).map(({ label }) => label)
    return as !== 'images' && num_variables === 2 && x !== y && own.includes(x) && own.includes(y) && this.#run.graph?.landscapes.includes(stream) === true
  }
}

function sampleOf(run: Run, name: string, trail: readonly string[] = []): GraphStream['sample'] {
  const stream = run.graph?.streams.find((one) => one.name === name)
  return stream?.from === undefined || trail.includes(name) ? stream?.sample : sampleOf(run, stream.from, [...trail, name])
}
