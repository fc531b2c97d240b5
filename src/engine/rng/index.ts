export { integers, normal, signs, uniform } from './draw.ts'
export { fold, keyAt, split, streamKey, type Key, type WordPair } from './key.ts'
