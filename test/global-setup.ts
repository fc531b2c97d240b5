/**
 * Before the tests: dist/ as new as src/, since worker threads, child processes and the page run from there.
 *
 * Built aside and moved into place file by file, so that a test run that goes on beside this one
 * never reads half a file. Type errors do not stop the tests: `npm run types` reports them.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { buildPage, isPageStale } from '../src/interfaces/page/build.mjs'
import { withLock } from '../src/setup/lock.mjs'

const ROOT = path.dirname(import.meta.dirname)
/** Built by Vite. */
const PAGE = path.join('interfaces', 'page')
const [SRC, DIST] = [path.join(ROOT, 'src'), path.join(ROOT, 'dist')]

export default async function setup(): Promise<void> {
  if (!isStale() && !isPageStale()) return
  await withLock(path.join(ROOT, 'node_modules/.heatbath-build.lock'), async () => {
    if (isStale()) build()
    if (isPageStale()) await buildPage()
  })
}

/** Whether a source file is newer than what was made of it. */
const isStale = (): boolean => sourceFiles().some((name) => mtime(path.join(SRC, name)) > mtime(path.join(DIST, name.replace(/\.(m?)ts$/, '.$1js'))))

function build(): void {
  const aside = `${DIST}.${process.pid}`
  try {
    const { status, stdout } = spawnSync(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', aside, '--tsBuildInfoFile', path.join(aside, '.tsbuildinfo')], { cwd: ROOT, encoding: 'utf8' })
    if (status !== 0) console.warn(`dist was built in spite of type errors:\n${stdout.split('\n').slice(0, 5).join('\n')}`)
    const now = new Date()
    for (const name of filesOf(aside)) {
      const [from, to] = [path.join(aside, name), path.join(DIST, name)]
      if (isSame(from, to)) utimesSync(to, now, now)
      else {
        mkdirSync(path.dirname(to), { recursive: true })
        renameSync(from, to)
      }
    }
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))

const sourceFiles = (): string[] => filesOf(SRC).filter((name) => /\.m?[tj]s$/.test(name) && !name.endsWith('.d.ts') && !name.startsWith(PAGE))

const mtime = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

function isSame(a: string, b: string): boolean {
  return statSync(b, { throwIfNoEntry: false }) !== undefined && readFileSync(a).equals(readFileSync(b))
}
