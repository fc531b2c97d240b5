import { checkerboard } from './checkerboard.ts'
import { eightGaussians } from './eight-gaussians.ts'
import { energyLevels } from './energy-levels.ts'
import { fashionMnist } from './fashion-mnist.ts'
import { images } from './images.ts'
import { mnist } from './mnist.ts'
import { pinwheel } from './pinwheel.ts'
import { rings } from './rings.ts'
import { spirals } from './spirals.ts'
import { sql } from './sql.ts'
import { swissRoll } from './swiss-roll.ts'
import { twoMoons } from './two-moons.ts'

export const sources = [checkerboard, eightGaussians, energyLevels, fashionMnist, images, mnist, pinwheel, rings, spirals, sql, swissRoll, twoMoons] as const
