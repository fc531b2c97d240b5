import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Bool, DateDay, Float64, TimeMicrosecond, TimestampMicrosecond, Utf8, type RecordBatch } from 'apache-arrow'
import { decode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { plot } from '../../../src/streams/sinks/plot.ts'
import { particles, table } from '../batches.ts'
import { runFolder, writeAll } from './world.ts'

const run = runFolder()
const text = (name: string): string => readFileSync(path.join(run.folder, name), 'utf8')

/** Rows of two groups, the second half as many and spread twice as far. */
const ROWS = table({
  x: [new Float64(), [1, 2, 3, 4, 2, 6]],
  y: [new Float64(), [1, 4, 2, 8, 3, 5]],
  group: [new Utf8(), ['one', 'one', 'one', 'one', 'two', 'two']],
  temperature: [new Float64(), [0.5, 0.5, 0.5, 0.5, 2, 2]],
})

const draw = async (config: Partial<Parameters<typeof plot>[0]>, batches: readonly RecordBatch[] = [ROWS]): Promise<string> => {
  await writeAll(plot({ path: 'a.svg', overwrite: true, x: 'x', ...config } as Parameters<typeof plot>[0]), batches[0]?.schema ?? ROWS.schema, batches, run.context)
  return text('a.svg')
}

/** Marks of a kind, by the words that Vega describes them with. */
const marks = (svg: string, role: string): string[] => [...svg.matchAll(new RegExp(`<path aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="${role}"`, 'g'))].map(([, label]) => label as string)

describe('marks', () => {
  test('points: one for each row, with its values', async () => {
    const svg = await draw({ mark: 'points', y: 'y', color: 'group' })
    expect(marks(svg, 'circle')).toEqual(['x: 1; y: 1; group: one', 'x: 2; y: 4; group: one', 'x: 3; y: 2; group: one', 'x: 4; y: 8; group: one', 'x: 2; y: 3; group: two', 'x: 6; y: 5; group: two'])
  })

  test('lines: one for each colour, numbers too', async () => {
    expect(marks(await draw({ mark: 'lines', y: 'y' }), 'line mark')).toHaveLength(1)
    expect(marks(await draw({ mark: 'lines', y: 'y', color: 'temperature' }), 'line mark')).toHaveLength(2)
  })

  test.each(['points', 'lines', 'arrows'] as const)('%s: dates, timestamps, times, booleans and words as axes', async (mark) => {
    const axes = table({
      day: [new DateDay(), [new Date(0), new Date(86_400_000)]], at: [new TimestampMicrosecond(), [1e12, 2e12]], time: [new TimeMicrosecond(), [1n, 2n]],
      flag: [new Bool(), [true, false]], word: [new Utf8(), ['a', 'b']], n: [new Float64(), [100, 101]],
    })
    for (const name of ['day', 'at', 'time', 'flag', 'word']) {
      for (const [x, y] of [[name, 'n'], ['n', name]]) {
        const svg = await draw({ mark, x, y, ...(mark === 'arrows' ? { dx: 'n', dy: 'n' } : {}) }, [axes])
        expect(svg).not.toContain('>0</text>') // the numbers begin near 100
      }
    }
  })

  test('bars: beside each other by colour', async () => {
    expect(marks(await draw({ mark: 'bars', y: 'y', color: 'temperature' }), 'bar')).toHaveLength(6)
  })

  test.each(['group', 'temperature'])('histogram: shares per unit of x, of each %s for itself', async (color) => {
    const densities = marks(await draw({ mark: 'histogram', color, bins: 10 }), 'bar').map((label) => label.match(/density: ([\d.]+); \w+: (\w+)/) ?? [])
    const share = (group: string): number => densities.filter(([, , of]) => of?.startsWith(group)).reduce((sum, [, density]) => sum + 0.5 * Number(density), 0)
    expect([share(color === 'group' ? 'one' : '0'), share(color === 'group' ? 'two' : '2')]).toEqual([1, 1])
  })

  test('heatmap: shares per unit of area', async () => {
    const cells = marks(await draw({ mark: 'heatmap', y: 'y', bins: 10 }), 'rect mark')
    expect(cells).toHaveLength(6)
    for (const cell of cells) expect(cell).toContain(`density: ${(1 / 6 / 0.5).toFixed(2)}`.slice(0, 13))
  })

  test('arrows: where dx and dy point to, coloured by how far', async () => {
    const field = table({ x: [new Float64(), [0, 1, 2]], y: [new Float64(), [0, 0, 0]], u: [new Float64(), [3, 3, -2]], v: [new Float64(), [0, 3, 0]] })
    const svg = await draw({ mark: 'arrows', y: 'y', dx: 'u', dy: 'v' }, [field])
    const turns = [...svg.matchAll(/aria-roledescription="point"[^>]*rotate\(([-\d.]+)\)/g)].map(([, degrees]) => Number(degrees))
    expect(turns).toEqual([90, 45, -90]) // clockwise from up
    expect(marks(svg, 'point').map((label) => /\|u, v\|: (\d)/.exec(label)?.[1])).toEqual(['3', '4', '2'])
  })

  test('columns may have the names x0, x1, count and density', async () => {
    const named = table({ x0: [new Float64(), [0.1, 3.1]], x1: [new Float64(), [5.1, 9.1]], density: [new Float64(), [1, 2]], count: [new Utf8(), ['a', 'b']] })
    expect(marks(await draw({ mark: 'heatmap', x: 'x0', y: 'x1', bins: 10 }, [named]), 'rect mark')).toEqual(['x0: 0 – 0.5; x1: 5 – 5.5; density: 2', 'x0: 3 – 3.5; x1: 9 – 9.5; density: 2'])
    expect(marks(await draw({ mark: 'histogram', x: 'density', color: 'count', bins: 10 }, [named]), 'bar')).toHaveLength(2)
    const groups = table({ density: [new Float64(), [1, 2, 3, 5]], count: [new Utf8(), ['a', 'a', 'b', 'b']] })
    expect(marks(await draw({ mark: 'density', x: 'density', color: 'count' }, [groups]), 'area mark')).toHaveLength(2)
  })

  test('density: an area for each colour', async () => {
    expect(marks(await draw({ mark: 'density', color: 'group' }), 'area mark')).toHaveLength(2)
  })

  test('facets: a panel for each value, titles and names of axes', async () => {
    const svg = await draw({ mark: 'points', y: 'y', facet: 'group', title: 'Two groups' })
    for (const word of ['one', 'two', 'Two groups', 'x', 'y']) expect(svg).toContain(`>${word}</text>`)
    expect(svg.match(/role-frame root/g)?.length).toBe(1)
    expect(marks(svg, 'circle')).toHaveLength(6)
  })

  test('a name with a dot is a name', async () => {
    const dotted = table({ 'a.b': [new Float64(), [1, 2]], 'c[0]': [new Float64(), [3, 4]] })
    expect(marks(await draw({ x: 'a.b', y: 'c[0]' }, [dotted]), 'circle')).toEqual(['a.b: 1; c[0]: 3', 'a.b: 2; c[0]: 4'])
  })
})

test('PNG: as large as it says, with letters in it', async () => {
  const png = async (title: string) => {
    await writeAll(plot({ path: 'a.png', x: 'x', y: 'y', title, overwrite: true }), ROWS.schema, [ROWS], run.context)
    return decode(readFileSync(path.join(run.folder, 'a.png')))
  }
  const [one, other] = [await png('∇ log p at τ = ½'), await png(' ')]
  expect(one.width).toBeGreaterThan(800)
  const dark = ({ width, channels, data }: typeof one): number => {
    let count = 0
    for (let i = 0; i < 70 * width * channels; i += channels) if ((data[i] as number) < 80) count++
    return count
  }
  expect(dark(one) - dark(other)).toBeGreaterThan(500)
})

test('a specification of one\'s own, with the rows as its data', async () => {
  const spec = { mark: 'point', encoding: { x: { field: 'x', type: 'quantitative' } } }
  const layers = { layer: [spec, { data: { values: [{ at: 3 }] }, mark: 'square', encoding: { x: { field: 'at', type: 'quantitative' } } }] }
  await writeAll(plot({ path: 'a.svg', spec }), ROWS.schema, [ROWS], run.context)
  await writeAll(plot({ path: 'b.svg', spec: layers }), ROWS.schema, [ROWS], run.context)
  expect([marks(text('a.svg'), 'point').length, marks(text('b.svg'), 'point').length, marks(text('b.svg'), 'square').length]).toEqual([6, 6, 1])
})

test('the last step alone, if that is wanted', async () => {
  const steps = [1, 2].map((step) => particles({ step, x: { x0: [step, step, step] } }))
  const drawn = async (last_step: boolean): Promise<number> => marks(await draw({ x: 'x0', y: 'chain', last_step }, steps), 'circle').length
  expect([await drawn(false), await drawn(true)]).toEqual([6, 3])
})

describe('errors', () => {
  const open = (config: Parameters<typeof plot>[0]) => plot(config).open(ROWS.schema, run.context)

  test('what cannot be declared', () => {
    expect(() => plot({ path: 'a.jpg', x: 'x', y: 'y' })).toThrow(/\.svg or \.png/)
    expect(() => plot({ path: 'a.svg', x: 'x' })).toThrow(/have a y/)
    expect(() => plot({ path: 'a.svg', x: 'x', y: 'y', mark: 'histogram' })).toThrow(/have none/)
    expect(() => plot({ path: 'a.svg', x: 'x', spec: {} })).toThrow(/whole spec/)
    expect(() => plot({ path: 'a.svg' })).toThrow(/whole spec/)
    expect(() => plot({ path: 'a.svg', x: 'x', y: 'y', color: 'x', mark: 'heatmap' })).toThrow(/facet/)
    expect(() => plot({ path: 'a.svg', x: 'x', y: 'y', dx: 'x', mark: 'arrows' })).toThrow(/dx and dy/)
    expect(() => plot({ path: 'a.svg', x: 'x', y: 'y', dx: 'x', dy: 'y' })).toThrow(/dx and dy/)
  })

  test('a column that is not there', async () => {
    await expect(open({ path: 'a.svg', x: 'x', y: 'z' })).rejects.toMatchObject({ code: 'data_column', message: 'column z is not there; the stream has x, y, group, temperature' })
  })

  test.each([
    ['no mark', {}],
    ['a mark that is none', { mark: 'blob' }],
    ['a channel that is none', { mark: 'point', encoding: { z: { field: 'x', type: 'quantitative' } } }],
    ['an expression that is none', { mark: 'point', transform: [{ calculate: 'datum.x +', as: 'z' }] }],
  ])('a specification with %s', async (_, spec) => {
    await expect(open({ path: 'a.svg', spec })).rejects.toMatchObject({ code: 'plot_invalid' })
    expect(run.files()).toEqual([])
  })

  test.each(['/etc/hostname', 'http://127.0.0.1:9/data.json'])('a specification that reads %s', async (url) => {
    await expect(open({ path: 'a.svg', spec: { data: { url }, mark: 'point' } })).rejects.toMatchObject({ code: 'plot_invalid', message: expect.stringContaining('rows of its stream alone') })
    await expect(writeAll(plot({ path: 'a.svg', spec: { mark: { type: 'image', url } } }), ROWS.schema, [ROWS], run.context)).rejects.toMatchObject({ code: 'plot_invalid' })
    expect(run.files()).toEqual([])
  })
})
