import { constant } from './constant.ts'
import { cosine } from './cosine.ts'

export const schedules = [constant, cosine] as const
