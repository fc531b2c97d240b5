/**
 * Types hold in the sources, the tests and the benchmarks; those of the public API are asserted in
 * test/types/, where a line that must not compile is marked `@ts-expect-error`.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import * as heatbath from '../src/index.ts'
import { examplesOf } from './readme.ts'

const ROOT = path.dirname(import.meta.dirname)

/** The page runs in a browser: it has types of its own. */
const PROJECTS = ['.', 'src/interfaces/page']

/** What the compiler says, and whether it is content. */
function tsc(...args: readonly string[]): { readonly is_right: boolean; readonly lines: readonly string[] } {
  const { status, stdout } = spawnSync(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '--noEmit', '--pretty', 'false', ...args], { cwd: ROOT, encoding: 'utf8' })
  return { is_right: status === 0, lines: stdout.split('\n').filter((line) => line !== '') }
}

const folder = mkdtempSync(path.join(import.meta.dirname, '.types-')) // below the project: its settings and packages are found
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The compiler on one file of this text, with the project's settings. */
function compiled(text: string, place = folder, compilerOptions: object = {}): ReturnType<typeof tsc> {
  writeFileSync(path.join(place, 'tsconfig.json'), JSON.stringify({ extends: path.join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'], exclude: [] }))
  writeFileSync(path.join(place, 'one.ts'), text)
  return tsc('-p', place)
}

/** The same in a package that has heatbath among its own, and makes declarations of what it exports. */
function compiledByOthers(text: string): ReturnType<typeof tsc> {
  const place = mkdtempSync(path.join(folder, 'package-'))
  const installed = path.join(place, 'node_modules/heatbath')
  mkdirSync(installed, { recursive: true })
  cpSync(path.join(ROOT, 'package.json'), path.join(installed, 'package.json'))
  symlinkSync(path.join(ROOT, 'dist'), path.join(installed, 'dist'))
  writeFileSync(path.join(place, 'package.json'), JSON.stringify({ name: 'others', type: 'module' })) // else heatbath names itself
  return compiled(text, place, { declaration: true, preserveSymlinks: true, noUnusedLocals: false })
}

test.each(PROJECTS)('%s has no type errors', (project) => {
  expect(tsc('-p', project)).toEqual({ is_right: true, lines: [] })
})

test('all of their files are looked at', () => {
  const seen = new Set(PROJECTS.flatMap((project) => tsc('-p', project, '--listFilesOnly').lines).map((file) => path.relative(ROOT, file)))
  const files = ['src', 'test', 'bench'].flatMap((part) => readdirSync(path.join(ROOT, part), { recursive: true, encoding: 'utf8' }).map((name) => path.join(part, name)))
  const sources = files.filter((name) => /\.(m?ts|mjs)$/.test(name) && !name.split(path.sep).some((place) => place.startsWith('.')))
  expect(sources.length).toBeGreaterThan(300)
  expect(sources.filter((name) => !seen.has(name))).toEqual([])
})

test('what heatbath exports, and what its functions make, others can export: its types have names', () => {
  const isClass = (value: unknown): boolean => /^class/.test(Function.prototype.toString.call(value))
  const lines = Object.entries(heatbath).flatMap(([name, value]: [string, unknown]) => [
    `export const own_${name} = heatbath.${name}`,
    ...(typeof value !== 'function' || isClass(value) ? [] : [`export const made_${name} = heatbath.${name}(...([] as unknown as Parameters<typeof heatbath.${name}>))`]),
  ])
  expect(lines.length).toBeGreaterThan(300)
  expect(compiledByOthers(['import * as heatbath from \'heatbath\'', ...lines].join('\n'))).toEqual({ is_right: true, lines: [] })
  const unnamed = 'import type { DrainOptions } from \'heatbath\'\nexport const of = (options: DrainOptions) => options.recording'
  expect(compiledByOthers(unnamed).lines.join()).toMatch(/TS2883.*LaterRecording/)
})

test.each(examplesOf('README.md').map((text, i) => [i + 1, text] as const))('example %i of the README compiles, and so do declarations of it', (_, text) => {
  expect(compiledByOthers(text)).toEqual({ is_right: true, lines: [] })
})

test.each([
  ['a wrong type', 'export const step: number = \'one\'', /TS2322/],
  ['an error that was expected and is not there', '// @ts-expect-error a number\nexport const step: number = 1', /TS2578/],
  ['a component called without its fields', 'import { langevin } from \'../../src/index.ts\'\nlangevin({})', /step_size/],
  ['a type that is another', 'import { expectTypeOf } from \'vitest\'\nexpectTypeOf(1).toEqualTypeOf<string>()', /TS2344/],
])('the compiler refuses %s', (_, text, problem) => {
  const { is_right, lines } = compiled(text)
  expect(is_right).toBe(false)
  expect(lines.join('\n')).toMatch(problem)
})
