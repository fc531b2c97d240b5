import { eightGaussians } from './eight-gaussians.ts'
import { mnist } from './mnist.ts'
import { sql } from './sql.ts'
import { twoMoons } from './two-moons.ts'

export const sources = [eightGaussians, mnist, sql, twoMoons] as const
