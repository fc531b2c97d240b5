/** Chain by chain one state or another: flags [chains], leaves [..., chains] of any rank. */
import { mapTree } from '../../engine/index.ts'
import { tf, type Tensor, type Tensor1D } from '../../engine/tf.ts'

/** `one` where the flag holds, else `other`. */
export const choose = <T>(flags: Tensor1D, one: T, other: T): T =>
  mapTree<T, Tensor>((a, b) => tf.where(flagsLike(flags, a), a, b as Tensor), one, other)

const flagsLike = (flags: Tensor1D, like: Tensor): Tensor => (like.rank === 1 ? flags : tf.broadcastTo(flags, like.shape))
