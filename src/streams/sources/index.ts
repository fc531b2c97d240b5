import { eightGaussians } from './eight-gaussians.ts'
import { energyLevels } from './energy-levels.ts'
import { mnist } from './mnist.ts'
import { sql } from './sql.ts'
import { twoMoons } from './two-moons.ts'

export const sources = [eightGaussians, energyLevels, mnist, sql, twoMoons] as const
