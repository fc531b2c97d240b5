/**
 * Parallel tempering: replicas of each chain from cold to hot, which change places.
 *
 *   replica r moves on exp(−E/τ_r), 1 = τ_0 < τ_1 < ...;  after its moves r and r + 1 change places with probability
 *   min(1, exp((1/τ_r − 1/τ_(r+1)) (E_r − E_(r+1)))),  for even and odd r by turns
 *
 * E is in units of the temperature that is sampled, and of x: where a support is mapped, its log |dx/du| is not tempered.
 *
 * Continuous coordinates of replica r move in y = x/√τ_r, where a Gaussian is as wide at each temperature: one step size
 * suits all.
 *
 * Leaves the product of the tempered targets as it is, so that cold chains cross barriers that hot ones do not see. The
 * replicas of a chain all begin at its start; chains do not act on each other. What is emitted is one rung, the cold one
 * unless another is asked for, with the info of its last move; `swap_rate` is the mean acceptance of the swaps that were
 * tried. The replicas belong to the state: it cannot make the moves of another sampler.
 * Shapes: x [dim, chains]; replicas [dim, rungs, chains]; the rest [chains].
 */
import { z } from 'zod'
import { split, uniform, type Key } from '../../engine/rng/index.ts'
import { tf, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D } from '../../engine/tf.ts'
import { shrunk, tempered } from '../target.ts'
import { defineSampler, densityOf, type Info, type Sampler, type SamplerState } from './contract.ts'
import { moved, MOVES, overMoves, type Moves } from './moves.ts'

const Ladder = z.union([
  z.array(z.number().min(1)).min(2),
  z.strictObject({
    highest: z.number().gt(1).meta({ description: 'Temperature of the hottest replica.' }),
    rungs: z.int().min(2).meta({ description: 'Number of replicas.' }),
  }),
])

const Config = z.strictObject({
  ladder: Ladder.default({ highest: 8, rungs: 4 }).meta({ description: 'τ_r in units of the temperature that is sampled: a list that ascends from 1, or geometric up to the highest.' }),
  moves: z.int().positive().default(1).meta({ description: 'Steps of the sampler between two swaps.' }),
  rung: z.int().nonnegative().default(0).meta({ description: 'Whose particles are emitted: 0 is the coldest replica.' }),
}).superRefine(({ ladder, rung }, context) => {
  const temperatures = temperaturesOf(ladder)
  if (temperatures[0] !== 1 || temperatures.some((t, r) => t <= (temperatures[r - 1] ?? 0))) context.addIssue({ code: 'custom', path: ['ladder'], message: 'it ascends from 1' })
  if (rung >= temperatures.length) context.addIssue({ code: 'custom', path: ['rung'], message: `there are ${temperatures.length} rungs, counted from 0` })
})

interface State extends SamplerState {
  readonly x: Tensor2D
  /** U of x. */
  readonly potential: Tensor1D
  readonly replicas: Tensor3D
}

const NAME = 'parallel_tempering'

export const parallelTempering = defineSampler({
  name: NAME,
  summary: 'Replicas at a ladder of temperatures, which change places so that cold chains cross barriers.',
  config: Config,
  example: 'sampler: { parallel_tempering: { ladder: [1, 2, 4, 8], sampler: { random_walk: { scale: 0.5 } } } }',
  reference: 'Geyer 1991, https://hdl.handle.net/11299/58440; Syed et al. 2022 (even and odd), https://arxiv.org/abs/1905.02939',
  parts: [MOVES],
  make({ ladder, moves, rung }, parts: Moves): Sampler<State> {
    const { sampler } = parts
    const inner = overMoves(NAME, parts)
    const temperatures = temperaturesOf(ladder)
    const rungs = temperatures.length
    const betas = temperatures.map((temperature) => 1 / temperature)
    const stateAt = (replicas: Tensor3D, potentials: Tensor2D): State => ({ x: rungOf(replicas, rung), potential: row(potentials, rung), replicas })
    return {
      ...inner,
      ...(sampler.tunes === undefined ? {} : { tunes: sampler.tunes }),
      ...(sampler.tuning === undefined ? {} : { tuning: sampler.tuning }),
      info: { ...inner.info, swap_rate: 'float32' },
      evaluations: rungs * (2 + moves * (sampler.evaluations ?? 1)),
      temperatureOf: (_, { temperature }) => temperature * (temperatures[rung] as number),
      init: (x, target) => ({ x, potential: densityOf(target).potential(x), replicas: tf.tile(tf.expandDims(x, 1), [1, rungs, 1]) }),
      step(key: Key, { replicas }: State, target, tuning) {
        const [dim, , chains] = replicas.shape
        const [swapKey, moveKey] = split(key, 2) as [Key, Key]
        const flat = tf.reshape(replicas, [dim, rungs * chains]) as Tensor2D
        const ofEach = (values: readonly number[]): Tensor1D => tf.reshape(tf.mul(tf.tensor2d([...values], [rungs, 1]), tf.ones([1, chains])), [rungs * chains])
        const units = ofEach(temperatures.map((temperature) => (target.discrete === undefined ? Math.sqrt(temperature) : 1)))
        const [y, info] = moved(parts, withReplicas(moveKey, rungs), tf.div(flat, units), shrunk(tempered(target, ofEach(betas)), units), { steps: moves, tuning })
        const x = tf.mul<Tensor2D>(y, units)
        const potentials = tf.reshape(densityOf(target).potential(x), [rungs, chains]) as Tensor2D
        const slopes = target.bijection?.logSlope(x)
        const energies = slopes === undefined ? potentials : tf.add<Tensor2D>(potentials, tf.reshape(slopes, [rungs, chains]))
        const { swapped, swap_rate } = swap(swapKey, energies, betas)
        const [nextReplicas, nextPotentials] = [swapped(tf.reshape(x, replicas.shape) as Tensor3D), swapped(tf.expandDims(potentials, 0) as Tensor3D)]
        return [stateAt(nextReplicas, tf.squeeze(nextPotentials, [0])), { ...ofRung(info, rung, chains), swap_rate }]
      },
      observe: ({ potential }: State) => ({ potential }),
    }
  },
})

/** A list, or a geometric ladder. */
function temperaturesOf(ladder: z.output<typeof Ladder>): readonly number[] {
  if (!('highest' in ladder)) return ladder
  return Array.from({ length: ladder.rungs }, (_, r) => ladder.highest ** (r / (ladder.rungs - 1)))
}

/** The key of as many replicas of each chain, replica by replica: lanes [rungs × chains]. */
function withReplicas(key: Key, rungs: number): Key {
  const number = tf.range(0, rungs, 1, 'int32').reshape([rungs, 1])
  return { ...key, lanes: tf.reshape(tf.add(tf.mul(tf.expandDims(key.lanes, 0), tf.scalar(rungs, 'int32')), number), [-1]) as Tensor1D }
}

interface Swap {
  /** Values of replicas, [n, rungs, chains], in their new places. */
  swapped(values: Tensor3D): Tensor3D
  readonly swap_rate: Tensor1D
}

/** Which neighbours change places: energies [rungs, chains]. */
function swap(key: Key, energies: Tensor2D, betas: readonly number[]): Swap {
  const [rungs, chains] = energies.shape
  const pairs = rungs - 1
  const drops = tf.sub(tf.slice(energies, [0, 0], [pairs, -1]), tf.slice(energies, [1, 0], [pairs, -1]))
  const steepness = tf.tensor2d(betas.slice(1).map((beta, r) => (betas[r] as number) - beta), [pairs, 1])
  const logAlpha = tf.mul<Tensor2D>(steepness, drops)
  const isTried = triedPairs(key, pairs)
  const rates = tf.mul(isTried, tf.where(tf.isNaN(logAlpha), 0, tf.exp(tf.minimum(logAlpha, 0))))
  const isSwapped = tf.cast(tf.less(uniform(key, [pairs, chains]), rates), 'float32') as Tensor2D
  const [up, down] = [tf.pad(isSwapped, [[0, 1], [0, 0]]), tf.pad(isSwapped, [[1, 0], [0, 0]])] // with the one above, with the one below
  return {
    swapped(values) {
      const n = values.shape[0]
      const [first, last] = [tf.slice(values, [0, 0, 0], [n, 1, -1]), tf.slice(values, [0, rungs - 1, 0], [n, 1, -1])]
      const above = tf.concat([tf.slice(values, [0, 1, 0], [n, pairs, -1]), last], 1)
      const below = tf.concat([first, tf.slice(values, [0, 0, 0], [n, pairs, -1])], 1)
      const where = (flags: Tensor, one: Tensor3D, other: Tensor3D): Tensor3D => tf.where(tf.broadcastTo(tf.greater(tf.expandDims(flags, 0), 0), one.shape), one, other) as Tensor3D
      return where(up, above, where(down, below, values))
    },
    swap_rate: tf.div<Tensor1D>(tf.sum(rates, 0), tf.sum(isTried)),
  }
}

/** Even and odd pairs by turns, a single one always: 1 or 0, [pairs, 1]. */
function triedPairs({ step }: Key, pairs: number): Tensor2D {
  if (pairs === 1) return tf.ones([1, 1])
  const isEven = tf.equal(tf.mod(step, tf.scalar(2, 'int32')), tf.scalar(0, 'int32'))
  const even = tf.tensor2d(Array.from({ length: pairs }, (_, r) => 1 - (r % 2)), [pairs, 1])
  return tf.where(isEven, even, tf.sub(1, even)) as Tensor2D
}

const rungOf = (replicas: Tensor3D, rung: number): Tensor2D => tf.squeeze(tf.slice(replicas, [0, rung, 0], [-1, 1, -1]), [1])

const row = (values: Tensor2D, at: number): Tensor1D => tf.squeeze(tf.slice(values, [at, 0], [1, -1]), [0])

const ofRung = (info: Info, rung: number, chains: number): Info =>
  Object.fromEntries(Object.entries(info).map(([name, values]) => [name, tf.slice(values, [rung * chains], [chains])]))
