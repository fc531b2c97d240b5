import { GROUPS, type Verb } from '../verb.ts'

export const setup: Verb = (program) =>
  program.command('setup').helpGroup(GROUPS.machine)
    .summary('provide TensorFlow')
    .description('Fetches TensorFlow\'s library from its Python wheel (by pip), compiles the addon that Node loads it with (by a C++ compiler), and keeps both in the cache folder, once per user. Does nothing if they are there. Where there is no TensorFlow to be had, heatbath computes without, slowly.')
    .addHelpText('after', `
Examples:
  heatbath setup
  HEATBATH_GPU=1 heatbath setup                        the build for NVIDIA GPUs
  HEATBATH_WHEEL=/tmp/tensorflow_cpu.whl heatbath setup      a wheel fetched by hand

Environment:
  HEATBATH_CACHE, HEATBATH_GPU, HEATBATH_PYTHON, HEATBATH_WHEEL, CXX`)
    .action(async () => {
      const { setup: provide } = await import('../../../setup/main.mjs')
      process.exitCode = await provide()
    })
