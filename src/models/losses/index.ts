import { denoisingScoreMatching } from './denoising-score-matching.ts'

export const losses = [denoisingScoreMatching] as const
