/** The view of a run on a terminal: through a pseudo-terminal, and its parts by themselves. */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { bytes, clock, count, short } from '../../../src/interfaces/view/amounts.ts'
import { bar } from '../../../src/interfaces/cli/terminal/bar.ts'
import { Density } from '../../../src/interfaces/cli/terminal/density.ts'
import { History } from '../../../src/interfaces/view/history.ts'
import { paintFor } from '../../../src/interfaces/cli/terminal/paint.ts'
import { picture } from '../../../src/interfaces/cli/terminal/picture.ts'
import { cut } from '../../../src/interfaces/cli/terminal/screen.ts'
import { sparkline } from '../../../src/interfaces/cli/terminal/sparkline.ts'
import { folderWith, shell, wells, type Ended } from './command.ts'

const [HIDE, SHOW, BEGIN, END] = ['\x1b[?25l', '\x1b[?25h', '\x1b[?2026h', '\x1b[?2026l']
const SGR = /\x1b\[[0-9;]*m/g
const BRAILLE = /[\u2801-\u28ff]/

const hasScript = (): boolean => {
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!hasScript())('on a terminal', () => {
  /** A run on a pseudo-terminal of some size; what it shows is on stdout. */
  const shown = (cwd: string, columns: number, env: Record<string, string> = {}, before = ''): Promise<Ended> =>
    shell(`export -f heatbath; script -qec "stty cols ${columns} rows 40; ${before} heatbath run a.yaml --no-serve --out here" /dev/null < /dev/null`, { cwd, env: { TERM: 'xterm-256color', SHELL: '/bin/bash', ...env } })

  const frames = ({ stdout }: Ended): string[] => stdout.split(BEGIN).slice(1).map((text) => text.slice(0, text.indexOf(END)))

  test('bars, braille, and the cursor back', async () => {
    const ended = await shown(folderWith({ 'a.yaml': wells(2000) }), 100)
    expect(ended.code).toBe(0)
    expect(ended.stdout.indexOf(HIDE)).toBeGreaterThan(0)
    expect(ended.stdout.lastIndexOf(SHOW)).toBeGreaterThan(ended.stdout.lastIndexOf(HIDE))
    const last = frames(ended).at(-1) as string
    expect(last.replaceAll(SGR, '')).toMatch(/particles {2}━{20} {2}step 2000\/2000 · 200k rows/)
    expect(last).toMatch(BRAILLE)
    expect(last).toMatch(SGR)
    expect(ended.stdout).toMatch(/completed after .*\r\n\{"run_id":.*\}\r\n$/)
  })

  test('no colours, few columns: no line is wider', async () => {
    const ended = await shown(folderWith({ 'a.yaml': wells(1000) }), 36, { NO_COLOR: '1' })
    expect(ended.code).toBe(0)
    expect(ended.stdout).not.toMatch(SGR)
    for (const frame of frames(ended)) {
      for (const line of frame.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '').split('\r\n')) expect([...line].length).toBeLessThan(36)
    }
  })

  test('a failure restores the cursor, and is told below the frame', async () => {
    const ended = await shown(folderWith({ 'a.yaml': wells().replace('0.01', '1000') }), 100)
    expect(ended.code).toBe(1)
    expect(ended.stdout.lastIndexOf(SHOW)).toBeGreaterThan(ended.stdout.lastIndexOf(HIDE))
    expect(ended.stdout.slice(ended.stdout.lastIndexOf(SHOW))).toContain('heatbath: sampler_diverged: ')
  })

  test('a crash restores the cursor', async () => {
    // thrown once the view is there, however long that takes
    const crash = 'const { write } = process.stderr; process.stderr.write = (text, ...more) => { if (String(text).includes("\\x1b[?25l")) setTimeout(() => { throw new Error("crash") }, 200); return write.call(process.stderr, text, ...more) }'
    const ended = await shown(folderWith({ 'a.yaml': wells(1_000_000), 'crash.cjs': crash }), 100, { NODE_OPTIONS: '--require ./crash.cjs' })
    expect(ended.code).not.toBe(0)
    expect(ended.stdout.indexOf(HIDE)).toBeGreaterThan(0)
    expect(ended.stdout.lastIndexOf(SHOW)).toBeGreaterThan(ended.stdout.lastIndexOf(HIDE))
  })
})

const plain = paintFor({ isTTY: false })

test('amounts', () => {
  expect([0, 950, 999.6, 1234, 12_345, 999_950, 4_560_000].map(count)).toEqual(['0', '950', '1k', '1.23k', '12.3k', '1M', '4.56M'])
  expect([12, 26_600, 480e6].map(bytes)).toEqual(['12 B', '26.6 kB', '480 MB'])
  expect([7, 750, 10_930].map(clock)).toEqual(['0:07', '12:30', '3:02:10'])
  expect([0, 0.43251, 1.5e-4, 3000, 2.5e9, NaN].map(short)).toEqual(['0', '0.433', '1.5e-4', '3000', '2.5e9', 'NaN'])
})

test('a bar in half steps; unknown is empty', () => {
  expect([0, 0.25, 0.375, 1, 7, undefined].map((done) => bar(done, 4, plain))).toEqual(['────', '━───', '━╸──', '━━━━', '━━━━', '────'])
})

test('a sparkline from the least to the greatest', () => {
  expect([sparkline([0, 1, 2, 3, 4, 5, 6, 7]), sparkline([3, 3])]).toEqual(['▁▂▃▄▅▆▇█', '▁▁'])
})

test('a history keeps the course in bounded memory', () => {
  const history = new History(8)
  for (let i = 0; i < 1000; i++) history.push(i)
  const values = history.values(4)
  expect(values.length).toBe(4)
  expect([...values].sort((a, b) => a - b)).toEqual(values)
  history.push(NaN)
  expect(history.values(100).length).toBeLessThan(8)
})

test('colours take no room when a line is cut', () => {
  expect(cut('\x1b[36mabc\x1b[0mdef', 4)).toBe('\x1b[36mabc\x1b[0md')
  expect(cut('⣿⣿⣿', 2)).toBe('⣿⣿')
})

describe('a density', () => {
  test('a dot where a particle is, up is up', () => {
    const density = new Density()
    const corners = density.draw([0, 1], [0, 1], 2, 1, plain)
    expect(corners).toEqual(['⡀⠈'])
    expect(density.ranges).toEqual([{ from: -0.05, to: 1.05 }, { from: -0.05, to: 1.05 }])
  })

  test('one coordinate is a histogram', () => {
    expect(new Density().draw([0, 0, 0, 1], undefined, 2, 2, plain)).toEqual(['█ ', '█▅'])
  })

  test('values that are not finite, and none', () => {
    expect(new Density().draw([NaN, Infinity], [0, 1], 2, 1, plain)).toEqual(['  '])
    expect(new Density().draw([], [], 2, 1, plain)).toEqual(['  '])
  })

  test('100 000 particles in a few milliseconds', () => {
    const x = Float32Array.from({ length: 1e5 }, (_, i) => Math.sin(i))
    const y = Float32Array.from({ length: 1e5 }, (_, i) => Math.cos(1.3 * i))
    const density = new Density()
    density.draw(x, y, 32, 16, plain)
    const began = performance.now()
    for (let i = 0; i < 10; i++) density.draw(x, y, 32, 16, plain)
    expect((performance.now() - began) / 10).toBeLessThan(50) // 3 ms on a quiet machine
  })
})

test('images: two pixels to a character', () => {
  const images = { values: [0, 1, 0, 1, 1, 1, 0, 0], height: 2, width: 2, channels: 1, count: 2 }
  expect(picture(images, 10, 4, plain)).toEqual([' █ ▒▒'])
  expect(picture(images, 10, 4, paintFor({ isTTY: true }, {}))[0]).toContain('\x1b[38;5;255;48;5;255m▀')
  expect(picture({ values: new Float32Array(28 * 28), height: 28, width: 28, channels: 1, count: 1 }, 40, 7, plain)).toHaveLength(7)
})
