/**
 * A uniform choice of chains, the same ones in every run, for every client, all the time.
 *
 * Each chain number is scrambled into another number of 32 bits, one to one; the chains with the
 * smallest are chosen. So those of a smaller choice are among those of a larger one.
 */

/** Any number: it keeps chain 0 from being scrambled to 0. */
const KEY = 0x5f3759df

/** A bijection of 32-bit numbers. Source: Wellons 2018, https://nullprogram.com/blog/2018/07/31/ */
export function scrambled(chain: number): number {
  let x = chain ^ KEY
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}

/** The largest scrambled number of exactly `chosen` of the chains 0, 1, ..., `chains` − 1. */
export function threshold(chains: number, chosen: number): number {
  if (chosen >= chains) return 2 ** 32
  const likely = ((chosen + 6 * Math.sqrt(chosen) + 16) / chains) * 2 ** 32 // six standard deviations: enough but for bad luck
  return smallest(chains, chosen, likely) ?? (smallest(chains, chosen, 2 ** 32) as number)
}

/** Number `chosen` in order of size, if it is below the limit: few need to be sorted. */
function smallest(chains: number, chosen: number, limit: number): number | undefined {
  const below: number[] = []
  for (let chain = 0; chain < chains; chain++) {
    const number = scrambled(chain)
    if (number < limit) below.push(number)
  }
  return Float64Array.from(below).sort()[chosen - 1]
}
