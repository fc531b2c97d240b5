/** Taps: what others see of a run's streams. */
export { Hub } from './hub.ts'
export type { Tap } from './tap.ts'
export { BUFFER, type Bound, type Recorded, type Replayed, type SchemaInfo, type FieldInfo, type StreamInfo, type StreamState, type TapOptions } from './contract.ts'
