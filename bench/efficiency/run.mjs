// Bundles the measurement (Node 20 cannot load TypeScript) and runs it against src as it is built.
import { spawnSync } from 'node:child_process'
import { bundle } from '../bundle.mjs'

await bundle(['bench/efficiency/efficiency.ts'])
process.exitCode = spawnSync(process.execPath, ['dist/bench/efficiency.js', ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1
