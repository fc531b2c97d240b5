import { denoisingScoreMatching } from './denoising-score-matching.ts'
import { maximumLikelihood } from './maximum-likelihood.ts'

export const losses = [denoisingScoreMatching, maximumLikelihood] as const
