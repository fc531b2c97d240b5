import { ackley } from './ackley.ts'
import { banana } from './banana.ts'
import { beta } from './beta.ts'
import { categorical } from './categorical.ts'
import { chiSquared } from './chi-squared.ts'
import { doubleWell } from './double-well.ts'
import { eightSchools } from './eight-schools.ts'
import { exponential } from './exponential.ts'
import { funnel } from './funnel.ts'
import { gamma } from './gamma.ts'
import { gaussianMixture } from './gaussian-mixture.ts'
import { gaussian } from './gaussian.ts'
import { gmm40 } from './gmm40.ts'
import { himmelblau } from './himmelblau.ts'
import { lennardJones } from './lennard-jones.ts'
import { logisticRegression } from './logistic-regression.ts'
import { manyWell } from './many-well.ts'
import { mixture } from './mixture.ts'
import { muellerBrown } from './mueller-brown.ts'
import { product } from './product.ts'
import { rastrigin } from './rastrigin.ts'
import { ringOfGaussians } from './ring-of-gaussians.ts'
import { rosenbrock } from './rosenbrock.ts'
import { styblinskiTang } from './styblinski-tang.ts'

export const energies = [
  ackley, banana, beta, categorical, chiSquared, doubleWell, eightSchools, exponential, funnel, gamma, gaussianMixture, gaussian,
  gmm40, himmelblau, lennardJones, logisticRegression, manyWell, mixture, muellerBrown, product, rastrigin, ringOfGaussians, rosenbrock, styblinskiTang,
] as const
