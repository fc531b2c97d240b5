import { conditionalNoiseContrastiveEstimation } from './conditional-noise-contrastive-estimation.ts'
import { denoisingScoreMatching } from './denoising-score-matching.ts'
import { exactScoreMatching } from './exact-score-matching.ts'
import { flowMatching } from './flow-matching.ts'
import { maximumLikelihood } from './maximum-likelihood.ts'
import { negativeLogLikelihood } from './negative-log-likelihood.ts'
import { noiseContrastiveEstimation } from './noise-contrastive-estimation.ts'
import { slicedScoreMatching } from './sliced-score-matching.ts'

export const losses = [
  conditionalNoiseContrastiveEstimation, denoisingScoreMatching, exactScoreMatching, flowMatching, maximumLikelihood, negativeLogLikelihood,
  noiseContrastiveEstimation, slicedScoreMatching,
] as const
