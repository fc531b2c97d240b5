/** Options that several verbs have. */
import { InvalidArgumentError, Option, type Command } from 'commander'

export interface PipelineOptions {
  readonly set?: readonly string[]
  readonly envFile?: string
}

/** What a pipeline's file is read with. */
export const pipelineOptions = (command: Command): Command =>
  command
    .option('--set <path=value>', 'replace or add a value, e.g. streams.particles.sample.steps=100; may be repeated', collect)
    .option('--env-file <file>', 'variables for ${NAME} in the pipeline, a NAME=value in each line; those of the environment win')

export const formatOption = (...formats: readonly [string, ...string[]]): Option =>
  new Option('--format <format>', 'how it is written').choices(formats).default(formats[0])

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value]

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`It is a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}.`)
  }
}
