import { defineConfig } from 'vitest/config'
import { Report } from './test/report.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/global-setup.ts',
    setupFiles: 'test/properties.ts',
    pool: 'forks', // a process for each file: TensorFlow loads once in it, and its memory goes with it
    maxWorkers: 2, // also where there are but two processors: much of the time a test waits for one that is compiling
    testTimeout: 60_000, // a busy machine compiles slowly
    hookTimeout: 120_000,
    teardownTimeout: 5_000,
    reporters: ['default', new Report()],
  },
})
