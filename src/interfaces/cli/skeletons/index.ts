import type { Skeleton } from './contract.ts'
import { energy } from './energy.ts'
import { loss } from './loss.ts'
import { net } from './net.ts'
import { noise } from './noise.ts'
import { optimizer } from './optimizer.ts'
import { pipeline } from './pipeline.ts'
import { preconditioning } from './preconditioning.ts'
import { sampler } from './sampler.ts'
import { schedule } from './schedule.ts'
import { start } from './start.ts'
import { training } from './training.ts'

export const skeletons: readonly Skeleton[] = [
  pipeline, training, energy, sampler, start, net, noise, preconditioning, loss, optimizer, schedule,
]
