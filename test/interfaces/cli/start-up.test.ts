/** A verb loads what it needs, and no more: the command answers at once. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, heatbath, wells } from './command.ts'

const CLI = path.resolve('src/interfaces/cli')

/** Packages that a file loads with itself, and files that do: static imports of values, followed. */
function loads(file: string, seen: Map<string, readonly string[]> = new Map()): Map<string, readonly string[]> {
  if (seen.has(file)) return seen
  const text = readFileSync(file, 'utf8')
  const imports = [...text.matchAll(/^(?:import|export) (?!type )[^'"`;]*?from '([^']+)'/gm)].map(([, from]) => from as string)
  seen.set(file, imports.filter((from) => !from.startsWith('.') && !from.startsWith('node:')))
  for (const from of imports) if (from.startsWith('.')) loads(path.resolve(path.dirname(file), from), seen)
  return seen
}

test('help and version load commander alone', () => {
  const found = loads(path.join(CLI, 'main.ts'))
  expect(found.size).toBeGreaterThan(20)
  expect(new Set([...found.values()].flat())).toEqual(new Set(['commander']))
})

test('the files of run do load more', () => {
  expect([...loads(path.join(CLI, 'run-pipeline.ts')).values()].flat()).toContain('apache-arrow')
})

test.each([
  [['lint', 'a.yaml']],
  [['graph', 'a.yaml']],
  [['list']],
])('%j loads neither TensorFlow nor DuckDB nor a server', async (args) => {
  const cwd = folderWith({
    'a.yaml': wells(),
    'loaded.cjs': 'process.on("exit", () => process.stderr.write(JSON.stringify(Object.keys(require.cache))))',
  })
  const { code, stderr } = await heatbath(args, { cwd, env: { NODE_OPTIONS: '--require ./loaded.cjs' } })
  const files = JSON.parse(stderr) as string[]
  expect([code, files.some((file) => file.includes('rxjs'))]).toEqual([0, true])
  expect(files.filter((file) => /tensorflow|duckdb|fastify|esbuild|pino/.test(file.split('node_modules').at(-1) as string))).toEqual([])
})
