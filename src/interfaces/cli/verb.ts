/**
 * What a verb is: it adds its command to the program.
 *
 * A verb's file imports nothing heavy (TensorFlow, DuckDB, Arrow, zod): its action does, when it
 * runs. It says how it ended by `process.exitCode`, or throws.
 */
import type { Command } from 'commander'

export type Verb = (program: Command) => Command

/** Headings of the help. */
export const GROUPS = { run: 'Run:', look: 'Look before running:', learn: 'Learn and write:', machine: 'This machine:' } as const
