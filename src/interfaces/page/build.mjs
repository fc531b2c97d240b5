/**
 * Builds the page with Vite into dist/interfaces/page, unless it is as new as its sources.
 *
 * Built aside and put in place by a rename: a server that starts meanwhile finds the page of before
 * or the new one. Everything it needs is in it; it asks no other address.
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { build } from 'vite'

const HERE = import.meta.dirname
const ROOT = path.resolve(HERE, '../../..')
const OUT = path.join(ROOT, 'dist/interfaces/page')

/** What the page is made of: its own folder, and the sources it shares with others. */
const SOURCES = [HERE, path.join(ROOT, 'src/interfaces/view'), path.join(ROOT, 'src/streams/arrow'), path.join(ROOT, 'src/errors.ts'), path.join(ROOT, 'package-lock.json')]

/** @param {string} file */
const mtime = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** @param {string} source @returns {number} */
const newest = (source) =>
  statSync(source).isDirectory() ? Math.max(...readdirSync(source).map((name) => newest(path.join(source, name)))) : mtime(source)

export const isPageStale = () => Math.max(...SOURCES.map(newest)) > mtime(path.join(OUT, 'index.html'))

export async function buildPage() {
  const [aside, before] = [`${OUT}.${process.pid}`, `${OUT}.${process.pid}.before`]
  try {
    await build({
      configFile: false,
      root: HERE,
      logLevel: 'warn',
      build: {
        outDir: aside,
        emptyOutDir: true,
        target: 'es2022',
        assetsInlineLimit: 0, // the page's policy allows no data: addresses
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        chunkSizeWarningLimit: 1000,
      },
    })
    if (existsSync(OUT)) renameSync(OUT, before)
    renameSync(aside, OUT)
  } finally {
    rmSync(aside, { recursive: true, force: true })
    rmSync(before, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename && isPageStale()) await buildPage()
