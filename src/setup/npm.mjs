/**
 * Runs npm: the one that runs us, else the one on the PATH. Install scripts never run.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { run } from './run.mjs'

/** Settings of an npm that runs us which are about its own work, not about ours. */
const NOT_OURS = new Set([
  'dry_run', 'global', 'ignore_scripts', 'include', 'include_workspace_root', 'json', 'location', 'omit', 'only',
  'pack_destination', 'package_lock', 'package_lock_only', 'prefix', 'production', 'workspace', 'workspaces',
].map((name) => `npm_config_${name}`))

/**
 * @param {readonly string[]} words
 * @param {{ cwd: string, started?: (pid: number) => void }} options
 */
export function npm(words, { cwd, ...options }) {
  const cli = npmScript()
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_OURS.has(name.toLowerCase())))
  const all = [...words, '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier']
  return cli === undefined
    ? run('npm', all, { cwd, env, ...options })
    : run(process.execPath, [cli, ...all], { cwd, env, ...options })
}

/** @returns {string | undefined} */
function npmScript() {
  const { npm_execpath } = process.env
  if (npm_execpath !== undefined && path.basename(npm_execpath) === 'npm-cli.js') return npm_execpath
  if (process.platform !== 'win32') return undefined // there, npm is a batch file, which needs a shell
  const beside = path.join(path.dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js')
  return existsSync(beside) ? beside : undefined
}
