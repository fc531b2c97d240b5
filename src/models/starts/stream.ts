/**
 * Chains that begin where another stream ends: at its last step if it is one of particles, else at
 * its first rows. Columns are those of the variables that are sampled.
 */
import { z } from 'zod'
import { nameOf } from '../../unit.ts'
import { defineStart, type StreamStart } from './contract.ts'

const Config = z.strictObject({
  from: nameOf('stream', 'The stream; it has a row for each chain, and a column for each variable.'),
})

export const streamStart = defineStart({
  name: 'stream',
  summary: 'Rows of another stream: particles of its last step, or rows of a file.',
  config: Config,
  example: 'start: { stream: { from: warm } }',
  reference: 'Gelman & Rubin 1992 (starts from an over-dispersed approximation), https://doi.org/10.1214/ss/1177011136',
  make: ({ from }): StreamStart => ({ stream: from }),
})
