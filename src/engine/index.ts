export { describe, float32, HostArray, int32, sameShape, scalarFloat, scalarInt, sharedFloats, sizeOf, Spec, zeros, type ArraySpec, type Dtype } from './array.ts'
export { inBfloat16 } from './bfloat16.ts'
export { compile, isForCpus, returned, type Compiled, type CompileOptions, type WantTree } from './compile.ts'
export {
  defaultExecutor, DeviceArray, eagerExecutor, inlineExecutor, isHost, startEarly, workerExecutor,
  type Executable, type Executor, type Input, type Want,
} from './executors/index.ts'
export { type Program } from './graph/program.ts'
export { valueAndGrad, valueAndGrads } from './gradients.ts'
export { loop, type LoopOptions } from './loop.ts'
export { record, recording, specsOf, type Recorded } from './record.ts'
export { fold, integers, keyAt, keyInPair, normal, once, signs, split, streamKey, twins, uniform, type Key, type WordPair } from './rng/index.ts'
export { entryAt, readRow, readRows, writeRow, writeRows } from './rows.ts'
export { loaded, tf } from './tf.ts'
export { leaves, mapTree, paths, rebuild } from './tree.ts'
