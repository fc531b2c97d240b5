export { integers, normal, once, signs, uniform } from './draw.ts'
export { fold, keyAt, keyInPair, split, streamKey, twins, type Key, type WordPair } from './key.ts'
