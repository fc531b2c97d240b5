/** The generated part of docs/ is as new as the declarations it is made of. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CODES } from '../../src/errors.ts'
import { builtin } from '../../src/pipelines/catalogue.ts'
import { documents, UNITS } from '../../src/pipelines/docs.ts'

const found = documents(builtin)

test('docs/ is as new as the declarations: else `npm run docs`', () => {
  const stale = [...found].filter(([name, content]) => !existsSync(path.join('docs', name)) || readFileSync(path.join('docs', name), 'utf8') !== content).map(([name]) => name)
  const left = readdirSync(path.join('docs', UNITS), { recursive: true, encoding: 'utf8' }).map((name) => path.posix.join(UNITS, name.split(path.sep).join('/')))
    .filter((name) => name.endsWith('.md') && !found.has(name))
  expect({ stale, left }).toEqual({ stale: [], left: [] })
})

test('every component has a page, every code a row, every link an end', () => {
  for (const kind of builtin.kinds()) for (const name of builtin.names(kind)) expect(found.has(`${UNITS}/${kind}/${name}.md`)).toBe(true)
  const codes = [...(found.get('errors.md') as string).matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code)
  expect(codes).toEqual(Object.keys(CODES))
  for (const [name, text] of found) {
    if (!name.endsWith('.md')) continue
    for (const [, link] of text.matchAll(/\]\(([^)#]+)(?:#\w+)?\)/g)) expect(found.has(path.posix.join(path.posix.dirname(name), link as string)), `${name}: ${link}`).toBe(true)
  }
})
