// Bundles the benchmarks and runs them.
import { spawnSync } from 'node:child_process'
import { bundle } from './bundle.mjs'

await bundle(['bench/main.ts', 'bench/one.ts'])
process.exitCode = spawnSync(process.execPath, ['dist/bench/main.js', ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1
