/**
 * Random numbers inside recorded functions: normal, uniform, integers, signs.
 *
 * Each is a pure function of (key, coordinate; lane, step). A draw of `shape` has one axis that
 * counts the key's lanes (chains or rows), the last unless `axis` says otherwise; the other axes
 * are its coordinates. Eagerly the same words are computed on the host: uniforms are then bit for
 * bit those of the compiled function, normals agree to 2e-5.
 */
import { sizeOf } from '../array.ts'
import type { GraphDtype } from '../graph/program.ts'
import { bind, recording, refOf, type Recording } from '../record.ts'
import { tf, type Tensor } from '../tf.ts'
import { graphFloats, graphWords } from './graph-words.ts'
import { coordinateKeys, type Key } from './key.ts'
import { boxMuller, boxMullerOnHost } from './normal.ts'
import { DRAW_ROUNDS, hostWords, threefry2x32 } from './threefry.ts'

type Words = readonly [string, string]

/** One number from the two words of its counter, as nodes and on the host. */
interface Draw {
  graph(into: Recording, words: Words, byParity: ByParity): string
  host(words: readonly [number, number], parity: number): number
}

/** The node for even steps or the one for odd steps. */
type ByParity = (dtype: GraphDtype, even: string, odd: string) => string

/** Standard normal numbers, float32. */
export function normal(key: Key, shape: readonly number[], axis = shape.length - 1): Tensor {
  return draw(key, shape, axis, {
    graph: (into, words, byParity) => {
      const { radius, cosine, sine } = boxMuller(into.builder, words)
      return graphFloats(into.builder).mul(radius, byParity('float32', cosine, sine))
    },
    host: boxMullerOnHost,
  })
}

/** Uniform numbers in (0, 1), float32, of 23 bits: neither end is ever drawn. Computed once: they decide, and what they decide are several values. */
export function uniform(key: Key, shape: readonly number[], axis = shape.length - 1): Tensor {
  return once(key, draw(key, shape, axis, {
    graph: (into, [w0, w1], byParity) => {
      const [w, f] = [graphWords(into.builder), graphFloats(into.builder)]
      const from1To2 = w.or(w.shiftRight(byParity('uint32', w0, w1), 9), w.constant(0x3f800000))
      return f.sub(w.cast(from1To2, 'uint32', 'float32'), f.constant(1 - 2 ** -24))
    },
    host: (words, parity) => ((words[parity as 0 | 1] >>> 9) + 0.5) * 2 ** -23,
  }))
}

/** Integers from 0 to `below` (at most 2^22), itself excluded, int32. */
export function integers(key: Key, shape: readonly number[], below: number, axis = shape.length - 1): Tensor {
  return tf.cast(tf.floor(tf.mul(uniform(key, shape, axis), below)), 'int32')
}

/** -1 or 1 with equal probability (Rademacher), float32. (By comparison: XLA may merge two subtractions, and round to 0.) */
export function signs(key: Key, shape: readonly number[], axis = shape.length - 1): Tensor {
  return tf.where(tf.less(uniform(key, shape, axis), 0.5), -1, 1)
}

/**
 * What was drawn with a key, computed once for all who use it.
 *
 * XLA computes anew, in each place, what it takes for cheap, and a hundred integer operations are cheap to it;
 * a division is not. So it divides by a one that the compiler cannot know: that of a step number ≥ 0.
 */
export function once<T extends Tensor>(key: Key, drawn: T): T {
  const one = tf.cast(tf.add(tf.minimum(key.step, tf.scalar(0, 'int32')), tf.scalar(1, 'int32')), 'float32')
  return tf.div(drawn, one)
}

function draw(key: Key, shape: readonly number[], axis: number, one: Draw): Tensor {
  const numLanes = key.lanes.shape[0]
  if (shape[axis] !== numLanes) throw new RangeError(`axis ${axis} of a draw of [${shape.join(', ')}] counts ${numLanes} lanes`)
  const perLane = shape.map((extent, i) => (i === axis ? 1 : extent)) // shape of the coordinates
  const coordinates = coordinateKeys(key.words, sizeOf(perLane)).map((t) => t.reshape(perLane)) as [Tensor, Tensor]
  const lanes = key.lanes.reshape(shape.map((extent, i) => (i === axis ? extent : 1)))
  const into = recording()
  return into === undefined ? drawOnHost(key, shape, coordinates, lanes, one) : drawInGraph(into, key, shape, coordinates, lanes, one)
}

function drawInGraph(into: Recording, key: Key, shape: readonly number[], coordinates: [Tensor, Tensor], lanes: Tensor, one: Draw): Tensor {
  const { builder } = into
  const w = graphWords(builder)
  const word = (t: Tensor): string => w.cast(refOf(t, into), 'int32', 'uint32')
  const words = threefry2x32(w, [word(coordinates[0]), word(coordinates[1])], [word(lanes), word(key.pair)], DRAW_ROUNDS)
  const byParity: ByParity = (dtype, even, odd) => {
    if (typeof key.parity === 'number') return key.parity === 0 ? even : odd
    const isEven = builder.op('Equal', [refOf(key.parity, into), builder.int(0)], { T: { type: 'int32' } })()
    return builder.op('SelectV2', [isEven, even, odd], { T: { type: dtype } })()
  }
  return bind(into, one.graph(into, words, byParity), { dtype: 'float32', shape })
}

function drawOnHost(key: Key, shape: readonly number[], coordinates: [Tensor, Tensor], lanes: Tensor, one: Draw): Tensor {
  const read = (t: Tensor): ArrayLike<number> => tf.broadcastTo(t, [...shape]).dataSync()
  const [k0, k1, lane] = [read(coordinates[0]), read(coordinates[1]), read(lanes)]
  const pair = key.pair.dataSync()[0] as number
  const parity = typeof key.parity === 'number' ? key.parity : (key.parity.dataSync()[0] as number)
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) =>
    one.host(threefry2x32(hostWords, [k0[i] as number, k1[i] as number], [lane[i] as number, pair], DRAW_ROUNDS), parity))
  return tf.tensor(values, [...shape], 'float32')
}
