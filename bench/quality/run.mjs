// Bundles a command of this folder (Node 20 cannot load TypeScript) and runs it against src as it is built.
import { bundle } from '../bundle.mjs'
import { spawnSync } from 'node:child_process'

const [command, ...rest] = process.argv.slice(2)
await bundle([`bench/quality/${command}.ts`])
process.exitCode = spawnSync(process.execPath, [`dist/bench/${command}.js`, ...rest], { stdio: 'inherit' }).status ?? 1
