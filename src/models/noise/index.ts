import { geometric } from './geometric.ts'

export const noises = [geometric] as const
