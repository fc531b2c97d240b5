import { denoisingScoreMatching } from './denoising-score-matching.ts'
import { exactScoreMatching } from './exact-score-matching.ts'
import { flowMatching } from './flow-matching.ts'
import { maximumLikelihood } from './maximum-likelihood.ts'
import { negativeLogLikelihood } from './negative-log-likelihood.ts'
import { slicedScoreMatching } from './sliced-score-matching.ts'

export const losses = [denoisingScoreMatching, exactScoreMatching, flowMatching, maximumLikelihood, negativeLogLikelihood, slicedScoreMatching] as const
