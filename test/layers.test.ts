/** The sources keep the architecture's rules, and the rules are able to fail. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { violations, type Sources, type Violation } from './layers.ts'
import { pageProblems } from './page-layers.ts'

const ROOT = path.dirname(import.meta.dirname)

const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Record<'dependencies' | 'peerDependencies' | 'devDependencies', Record<string, string>>
const DEPENDENCIES = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })

const all = (sources: Sources, dependencies: readonly string[], bundled: readonly string[]): Violation[] => [...violations(sources, dependencies, bundled), ...pageProblems(sources)]

function sourcesIn(folder: string): Sources {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(ts|mjs)$/.test(name) && !name.endsWith('.d.ts'))
  return Object.fromEntries(names.map((name) => [name.split(path.sep).join('/'), readFileSync(path.join(folder, name), 'utf8')]))
}

test('the sources keep the rules', () => {
  const sources = sourcesIn(path.join(ROOT, 'src'))
  expect(Object.keys(sources).length).toBeGreaterThan(100)
  expect(all(sources, DEPENDENCIES, Object.keys(manifest.devDependencies))).toEqual([])
})

describe('the rules refuse', () => {
  const problems = (sources: Sources): string[] => all(sources, ['zod', 'rxjs', 'yaml', 'fastify', '@nats-io/jetstream', '@tensorflow/tfjs', 'apache-arrow'], ['uplot']).map(({ file, problem }) => `${file}: ${problem}`)

  test.each<[what: string, file: string, text: string, problem: RegExp]>([
    ['an import of a floor above', 'engine/a.ts', 'import { x } from \'../models/x.ts\'', /models\/x\.ts lies above: floor 2 over 1/],
    ['a type from a floor above', 'models/a.ts', 'import type { X } from \'../streams/x.ts\'', /lies above/],
    ['a re-export from a floor above', 'streams/a.ts', 'export * from "../pipelines/x.ts"', /lies above/],
    ['a dynamic import of a floor above', 'pipelines/a.ts', 'const { x } = await import(\'../interfaces/cli/x.ts\')', /lies above/],
    ['an import for its side effects', 'engine/a.ts', 'import \'../streams/x.ts\'', /lies above/],
    ['an import over several lines', 'engine/a.ts', 'import {\n  x,\n} from \'../models/x.ts\'', /lies above/],
    ['a sibling room\'s unit', 'models/losses/a.ts', 'import { langevin } from \'../samplers/langevin.ts\'', /a sibling room's/],
    ['a sibling room\'s index', 'models/losses/a.ts', 'import { samplers } from \'../samplers/index.ts\'', /a sibling room's/],
    ['a file outside the tree', 'engine/a.ts', 'import x from \'../../test/x.ts\'', /lies in no room/],
    ['a room that is not in the tree', 'utils/a.ts', 'import { z } from \'zod\'', /lies in no room/],
    ['tfjs outside of its place', 'engine/record.ts', 'import * as tf from \'@tensorflow/tfjs\'', /engine\/tf\.ts alone/],
    ['a type of tfjs outside of its place', 'models/a.ts', 'import type { Tensor } from \'@tensorflow/tfjs-core\'', /engine\/tf\.ts alone/],
    ['rxjs in a model', 'models/a.ts', 'import { map } from \'rxjs\'', /rxjs is not for models/],
    ['Node in a model', 'models/a.ts', 'import { readFileSync } from \'node:fs\'', /node:fs is not for models/],
    ['yaml in a stream', 'streams/a.ts', 'import { parse } from \'yaml\'', /yaml is not for streams/],
    ['a framework in a pipeline', 'pipelines/a.ts', 'import fastify from \'fastify\'', /fastify is not for pipelines/],
    ['a package without a floor', 'streams/a.ts', 'import _ from \'lodash\'', /lodash has no floor/],
    ['a package that is no dependency', 'streams/a.ts', 'import { parquetRead } from \'hyparquet\'', /not among the dependencies/],
    ['a long file', 'engine/a.ts', 'x\n'.repeat(301), /more than 300 lines/],
    ['Math.random in a model', 'models/a.ts', 'const x = Math.random()', /uses Math\.random/],
    ['the clock in the engine', 'engine/a.ts', 'const x = Date.now()', /reads the clock/],
    ['a parameter of type any', 'streams/a.ts', 'const f = (x: any) => x', /type any/],
    ['a cast to any', 'streams/a.ts', 'const x = y as any', /type any/],
    ['any inside a type', 'streams/a.ts', 'const x: Map<string, any> = new Map()', /type any/],
    ['Node in the page', 'interfaces/page/a.ts', 'import path from \'node:path\'', /brings node:path into the browser/],
    ['a package for Node in the page', 'interfaces/page/a.ts', 'export { x } from \'rxjs\'', /brings rxjs into the browser/],
    ['a package of the page elsewhere', 'interfaces/cli/a.ts', 'import uPlot from \'uplot\'', /not among the dependencies/],
    ['Node\'s globals in the page', 'interfaces/page/a.ts', 'const x = process.env', /only Node has/],
    ['text taken for HTML in the page', 'interfaces/page/a.ts', 'element.innerHTML = text', /takes text for HTML/],
    ['text that is run in the page', 'interfaces/page/a.ts', 'new Function(text)', /runs text/],
    ['from of RxJS', 'streams/a.ts', 'import { from, map } from \'rxjs\'', /RxJS from/],
  ])('%s', (_, file, text, problem) => {
    expect(problems({ [file]: text })).toEqual([expect.stringMatching(problem)])
  })

  test('what the page reaches through others', () => {
    expect(problems({ 'interfaces/page/a.ts': 'import { x } from \'../view/b.ts\'', 'interfaces/view/b.ts': 'export { y } from \'./c.ts\'', 'interfaces/view/c.ts': 'import fs from \'node:fs\'' }))
      .toEqual(['interfaces/page/a.ts: brings node:fs into the browser, by way of interfaces/view/c.ts'])
  })

  test('every offence of a tree, each with its file', () => {
    expect(problems({ 'engine/a.ts': 'import { x } from \'../models/x.ts\'', 'models/b.ts': 'Math.random()\nimport \'rxjs\'', 'index.ts': 'export * from \'./engine/a.ts\'' })).toHaveLength(3)
  })
})

describe('the rules let pass', () => {
  test.each<[what: string, file: string, text: string]>([
    ['imports that point down', 'streams/a.ts', 'import { x } from \'../models/samplers/langevin.ts\'\nimport { fail } from \'../errors.ts\''],
    ['a sibling\'s contract and shared files', 'models/losses/a.ts', 'import type { Net } from \'../nets/contract.ts\'\nimport type { Score } from \'../score-model.ts\''],
    ['types from anywhere in the page, and its packages', 'interfaces/page/a.ts', 'import type { X } from \'../server/x.ts\'\nimport uPlot from \'uplot\'\nimport { RecordBatch } from \'apache-arrow\''],
    ['files of the same room', 'models/losses/a.ts', 'import { b } from \'./b.ts\''],
    ['errors in unit.ts', 'unit.ts', 'import { z } from \'zod\'\nimport { fail } from \'./errors.ts\''],
    ['packages of lower floors', 'interfaces/server/a.ts', 'import fastify from \'fastify\'\nimport { map } from \'rxjs\'\nimport { connect } from \'@nats-io/jetstream\''],
    ['forbidden words in comments, strings and expressions', 'models/a.ts', '// Math.random, Date.now(): any\nconst x = \'Math.random(): any\'\nconst y = /as any/.test(`x as any`)\n/** from \'../streams/x.ts\' */'],
    ['the engine\'s guard of Math.random', 'engine/record.ts', 'Math.random = () => { throw x }'],
    ['the word any in prose names', 'streams/a.ts', 'const anyOf = company(many)'],
  ])('%s', (_, file, text) => {
    expect(all({ [file]: text }, ['zod', 'rxjs', 'fastify', '@nats-io/jetstream', 'apache-arrow'], ['uplot'])).toEqual([])
  })
})
