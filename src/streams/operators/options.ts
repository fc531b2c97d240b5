/**
 * What operators take in code: the fields of their declaration, under the same rules, and what a
 * pipeline gives them by itself.
 */
import { z } from 'zod'
import type { Executor } from '../../engine/index.ts'
import { parseConfig } from '../../unit.ts'

/** What all random numbers follow from. */
export const SEED = z.int().nonnegative()

/** Of operators that draw. `stream` is the name of theirs where none is given: streams of different names draw independent numbers. */
export const drawing = (stream: string) => ({ seed: SEED.default(0), stream: z.string().default(stream) })

/** Of operators that run programs until they are stopped. */
export const running = { executor: z.custom<Executor>().exactOptional(), stop: z.custom<AbortSignal>().exactOptional() }

/** Of those made of kernels. */
export const flowing = { ...running, max_batches_per_call: z.int().positive().exactOptional() }

/**
 * The options that an operator takes, completed by their defaults; those that are undefined are not given, and those of
 * others may stand beside them. Throws config_invalid, naming the operator and the field.
 */
export const optionsOf = <S extends z.ZodObject>(operator: string, schema: S, options: object): z.output<S> =>
  parseConfig(operator, schema, Object.fromEntries(Object.entries(options).filter(([name, value]) => name in schema.shape && value !== undefined)))
