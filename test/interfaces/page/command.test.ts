/** The page of a real run: begun by the command, watched in Chromium from its first step to its end. */
import type { ChildProcess } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { needs } from '../../needs.ts'
import { folderWith, heatbath, wells } from '../cli/command.ts'
import { changes, opened, says, textOf } from './browser.ts'

/** Runs the pipeline of the tests on any port: where it is shown, and how it ended. */
function begun(steps: number, ...more: string[]): { readonly shown: Promise<{ readonly url: string; readonly child: ChildProcess }>; readonly ended: ReturnType<typeof heatbath> } {
  const folder = folderWith({ 'wells.yaml': wells(steps) })
  let found: (shown: { readonly url: string; readonly child: ChildProcess }) => void
  const shown = new Promise<{ readonly url: string; readonly child: ChildProcess }>((resolve) => (found = resolve))
  const ended = heatbath(['run', 'wells.yaml', '--port', '0', '--log-format', 'text', ...more], {
    cwd: folder,
    onStderr: (text, child) => {
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? []
      if (url !== undefined) found({ url, child })
    },
  })
  return { shown, ended }
}

describe('a run of the command', () => {
  needs('chromium')

  test('is seen from its first steps to its end', async () => {
    const { shown, ended } = begun(1_000_000)
    const { url, child } = await shown
    const { page, problems, urls } = await opened(url)
    await says(page, '#caption', 'Each point is one of 100 chains of langevin on double_well. The lines are heights of the energy')
    await changes(page, '#canvas')
    expect(await textOf(page, '#lanes .chips')).toMatch(/sampledouble_well, langevin.*particles\.arrowsarrow_file/)
    child.kill('SIGINT')
    const { code } = await ended
    await says(page, '#state-word', 'Stopped')
    expect(await textOf(page, '#fact-step')).toMatch(/^[\d\u2009]+ \/ 1\u2009000\u2009000$/)
    expect([code, problems, new Set(urls.map((one) => new URL(one).origin)).size]).toEqual([130, [], 1])
  })
})

test('the particles are the same bit for bit, whether anybody looks or not', async () => {
  const [watched, unwatched] = [begun(60, '--run-id', 'same'), begun(60, '--run-id', 'same')]
  const { url } = await watched.shown
  const reading = Promise.all(['/', '/graph', '/streams/particles?rate=30', '/streams/particles/landscape?x=-3,3&y=-3,3'].map((path) => fetch(`${url}${path}`).then((response) => response.arrayBuffer())))
  const ended = await Promise.all([watched.ended, unwatched.ended])
  for (const { byteLength } of await reading) expect(byteLength).toBeGreaterThan(400)
  const [a, b] = ended.map(({ stdout }) => (JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as { outputs: { sha256: string }[] }).outputs[0]?.sha256)
  expect(a).toMatch(/^[0-9a-f]{62,64}$/)
  expect(b).toBe(a)
})
