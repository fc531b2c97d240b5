/**
 * Threefry2x32, a counter-based generator: two 32-bit words from a 64-bit key and a 64-bit counter.
 *
 * 20 rounds derive keys, 13 draw numbers (the fewest that pass Crush). The same arithmetic is
 * written once, over either plain numbers or graph nodes; both give Random123's bits.
 * Source: Salmon, Moraes, Dror & Shaw 2011, https://doi.org/10.1145/2063384.2063405
 */

/** 32-bit unsigned arithmetic, modulo 2^32. */
export interface Words<W> {
  constant(value: number): W
  add(a: W, b: W): W
  xor(a: W, b: W): W
  rotateLeft(a: W, bits: number): W
}

export const DERIVE_ROUNDS = 20
export const DRAW_ROUNDS = 13

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const
const PARITY = 0x1bd11bda

export function threefry2x32<W>(w: Words<W>, key: readonly [W, W], counter: readonly [W, W], rounds: number): [W, W] {
  const schedule = [key[0], key[1], w.xor(w.xor(key[0], key[1]), w.constant(PARITY))] as const
  const subkey = (i: number): W => schedule[(i % 3) as 0 | 1 | 2]
  let x0 = w.add(counter[0], key[0])
  let x1 = w.add(counter[1], key[1])
  for (let round = 0; round < rounds; round++) {
    x0 = w.add(x0, x1)
    x1 = w.xor(w.rotateLeft(x1, ROTATIONS[(round % 8) as 0]), x0)
    if (round % 4 === 3) {
      const injection = (round + 1) / 4
      x0 = w.add(x0, subkey(injection))
      x1 = w.add(x1, w.add(subkey(injection + 1), w.constant(injection)))
    }
  }
  return [x0, x1]
}

/** Numbers of JavaScript, kept as int32. */
export const hostWords: Words<number> = {
  constant: (value) => value | 0,
  add: (a, b) => (a + b) | 0,
  xor: (a, b) => a ^ b,
  rotateLeft: (a, bits) => (a << bits) | (a >>> (32 - bits)),
}
