/** Schedules: what a learning rate is multiplied by, as training goes on. */
import type { z } from 'zod'
import type { Scalar } from '../../engine/tf.ts'
import { unit, type Declaration, type Unit } from '../../unit.ts'

export interface Schedule {
  /** The factor of update number `step`, counted from 1, float32 []. */
  factor(step: Scalar): Scalar
}

export function defineSchedule<C extends z.ZodType>(
  declaration: Declaration<C> & { readonly make: (config: z.output<C>) => Schedule },
): Unit<'schedule', C, Schedule> {
  return unit('schedule', declaration, declaration.make)
}
