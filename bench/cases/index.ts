/** All cases, in the order in which they run. */
import type { Case } from '../case.ts'
import { annealedCases } from './annealed.ts'
import { diagnoseCases } from './diagnose.ts'
import { langevinCases } from './langevin.ts'
import { mcmcCases } from './mcmc.ts'
import { productCases } from './products.ts'
import { trainCases } from './train.ts'

export const cases: readonly Case[] = [...langevinCases, ...mcmcCases, ...diagnoseCases, ...trainCases, ...productCases, ...annealedCases]
