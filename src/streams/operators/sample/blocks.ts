/**
 * Blocks: how many chains one call of a program moves.
 *
 * Bits depend on the shape of an executable, so the split follows from the pipeline alone, never
 * from the machine. Small blocks keep a loop's arrays in a core's cache and let XLA compile the
 * loop as one piece; several of them run at once, as lanes.
 */

/** What most of a step's time goes into: element by element, or matrix products, with weights that a cache holds or with more. */
export type Cost = 'elementwise' | 'products' | 'large products'

/** What a step of a net with so many parameters costs. */
export const costOfNet = (parameters: number): Cost => (parameters > 2 ** 20 ? 'large products' : 'products')

export interface Blocks {
  /** Chains per block; the last block is padded. */
  readonly size: number
  /** Blocks that run at the same time. */
  readonly lanes: number
  /** Calls for all blocks: their number is lanes × groups. */
  readonly groups: number
}

const MAX_LANES = 16
const ELEMENTS = { elementwise: 16384, products: 131072, 'large products': 131072 } as const
const MAX_CHAINS = { elementwise: 1024, products: 2048, 'large products': 2048 } as const
/** Chain counts are rounded up to whole vectors, and hardly where a chain costs a pass through a net. */
const MULTIPLE = { elementwise: 16, products: 4, 'large products': 4 } as const
const MIN_CHAINS = 64

export function blocksOf(chains: number, dim: number, cost: Cost): Blocks {
  const ideal = Math.min(MAX_CHAINS[cost], Math.max(MIN_CHAINS, Math.floor(ELEMENTS[cost] / dim)))
  const fewest = cost !== 'large products' && chains > MIN_CHAINS ? 2 : 1 // two cores are everywhere; each block reads all weights
  const count = Math.max(fewest, Math.ceil(chains / ideal))
  const groups = Math.ceil(count / MAX_LANES)
  const lanes = Math.ceil(count / groups)
  return { size: roundUp(Math.ceil(chains / (lanes * groups)), MULTIPLE[cost]), lanes, groups }
}

/** All chains together, without padding, for samplers whose chains act on each other. */
export const oneBlock = (chains: number): Blocks => ({ size: chains, lanes: 1, groups: 1 })

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit
