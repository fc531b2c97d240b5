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
const MIN_CHAINS = 64

interface Limits {
  /** Coordinates of all chains of a block, and chains. */
  readonly elements: number
  readonly chains: number
  /** Chain counts are rounded up to whole vectors, and hardly where a chain costs a pass through a net. */
  readonly multiple: number
  /** Blocks of more than MIN_CHAINS chains: two cores are everywhere, but each block reads all weights. */
  readonly fewest: number
}

const OF_PRODUCTS = { elements: 131072, chains: 2048, multiple: 4 } as const

const LIMITS: Readonly<Record<Cost, Limits>> = {
  elementwise: { elements: 16384, chains: 1024, multiple: 16, fewest: 2 },
  products: { ...OF_PRODUCTS, fewest: 2 },
  'large products': { ...OF_PRODUCTS, fewest: 1 },
}

/**
 * `evaluations_at_once`: how often a net is evaluated for a chain at the same time. What a call needs besides is allocated anew in each one, and from
 * some 32 MB on page by page, a sixth of the time of a U-Net. Where weights are large, reading them once more costs as much.
 */
export function blocksOf(chains: number, dim: number, cost: Cost, evaluations_at_once = 1): Blocks {
  const limits = LIMITS[cost]
  const elements = dim * (cost === 'large products' ? 1 : evaluations_at_once)
  const ideal = Math.min(limits.chains, Math.max(MIN_CHAINS, Math.floor(limits.elements / elements)))
  const count = Math.max(chains > MIN_CHAINS ? limits.fewest : 1, Math.ceil(chains / ideal))
  const groups = Math.ceil(count / MAX_LANES)
  const lanes = Math.ceil(count / groups)
  return { size: roundUp(Math.ceil(chains / (lanes * groups)), limits.multiple), lanes, groups }
}

/** All chains together, without padding, for samplers whose chains act on each other. */
export const oneBlock = (chains: number): Blocks => ({ size: chains, lanes: 1, groups: 1 })

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit
