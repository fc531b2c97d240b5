import { exactStart } from './exact.ts'
import { gaussianStart } from './gaussian.ts'
import { statesStart } from './states.ts'
import { streamStart } from './stream.ts'
import { uniformStart } from './uniform.ts'

export const starts = [exactStart, gaussianStart, statesStart, streamStart, uniformStart] as const
