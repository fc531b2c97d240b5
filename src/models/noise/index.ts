import { flowNoise } from './flow.ts'
import { geometric } from './geometric.ts'
import { levels } from './levels.ts'
import { lognormal } from './lognormal.ts'
import { varianceExploding } from './variance-exploding.ts'
import { variancePreserving } from './variance-preserving.ts'

export const noises = [flowNoise, geometric, levels, lognormal, varianceExploding, variancePreserving] as const
