import { gaussianStart } from './gaussian.ts'
import { uniformStart } from './uniform.ts'

export const starts = [gaussianStart, uniformStart] as const
