/** The pure parts of the page: what it makes of batches, and where things stand. */
import { Field, Float32, Float64, Int32, RecordBatch, Schema, Uint64 } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Course, smoothed } from '../../../src/interfaces/page/data/course.ts'
import { coordinates, meanOf, offsetOf } from '../../../src/interfaces/page/data/coordinates.ts'
import { density, levels } from '../../../src/interfaces/page/data/density.ts'
import { Frames } from '../../../src/interfaces/page/data/frame.ts'
import { drawableOf, isHealth, isTraining } from '../../../src/interfaces/page/data/kinds.ts'
import { columnsFor, pictureOf } from '../../../src/interfaces/page/data/pictures.ts'
import { PlaneView, widthOf, type Box } from '../../../src/interfaces/page/data/plane-view.ts'
import { queryFor } from '../../../src/interfaces/page/data/query.ts'
import { Rates } from '../../../src/interfaces/page/data/rates.ts'
import { ticks } from '../../../src/interfaces/page/data/ticks.ts'
import { gridOf } from '../../../src/interfaces/page/net/landscape.ts'
import { float32Column, float64Column, int32Column, listColumn, measuredColumn, recordBatch, uint64Column } from '../../../src/streams/arrow/columns.ts'
import { HEALTH, particlesSchema } from '../../../src/streams/arrow/schemas.ts'
import { schemaInfo } from '../../../src/streams/taps/schema-info.ts'

const floats = (values: readonly number[], name = 'x', step?: number): RecordBatch => recordBatch(
  new Schema([...(step === undefined ? [] : [new Field('step', new Uint64())]), new Field(name, new Float32(), false)]), values.length,
  [...(step === undefined ? [] : [uint64Column(new BigUint64Array(values.length).fill(BigInt(step)))]), float32Column(Float32Array.from(values))])

describe('a course', () => {
  test('is bounded, keeps its ends and its mean', () => {
    const course = new Course(1, 64)
    const count = 10_000
    for (let i = 0; i < count; i++) course.push(i, [i])
    const [x, y] = course.columns as [number[], number[]]
    expect(x.length).toBeLessThanOrEqual(64)
    expect(x.length).toBeGreaterThan(16)
    expect(y).toEqual(x) // joined alike
    expect(x[0]).toBeLessThan(count / 16)
    expect(x.at(-1)).toBeGreaterThan(count * 0.9)
  })

  test('leaves out what was seen, and has gaps where nothing is', () => {
    const course = new Course(2)
    course.push(1, [1, NaN])
    course.push(2, [2, 20])
    course.push(2, [9, 9])
    course.push(1, [9, 9])
    course.push(3, [Infinity, 30])
    expect(course.columns).toEqual([[1, 2, 3], [1, 2, null], [null, 20, 30]])
    expect([course.last(0), course.last(1)]).toEqual([2, 30])
  })

  test('joined, a gap leaves the mean of its neighbour', () => {
    const course = new Course(1, 4)
    for (const [x, y] of [[0, 1], [1, NaN], [2, 3], [3, 5]] as const) course.push(x, [y])
    expect(course.columns).toEqual([[0.5, 2.5], [1, 4]])
  })

  test('smoothed, a constant stays, a gap is left out, and noise becomes less', () => {
    expect(smoothed([2, 2, 2, 2], 2)).toEqual([2, 2, 2, 2])
    expect(smoothed([1, null, 3], 1)).toEqual([1, 2, 3])
    expect(smoothed([null, null], 1)).toEqual([null, null])
    expect(smoothed([0, 3, 0, 3, 0], 1).slice(1, 4)).toEqual([1, 2, 1])
  })
})

describe('a density', () => {
  const box: Box = { x: { from: 0, to: 4 }, y: { from: 0, to: 2 } }

  test('counts each point in its cell, those outside in none', () => {
    const points = { x: Float32Array.of(0.5, 0.5, 3.9, 4, -1, NaN), y: Float32Array.of(0.1, 0.2, 1.9, 1, 1, 1) }
    expect([...density([points], box, 2)]).toEqual([2, 0, 0, 1])
  })

  test('of points in the box has all of them, whatever the parts', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.double({ min: 0, max: 3.99, noNaN: true }), fc.double({ min: 0, max: 1.99, noNaN: true })), { maxLength: 50 }), fc.nat(50), (points, cut) => {
      const part = (own: typeof points): { x: Float32Array; y: Float32Array } => ({ x: Float32Array.from(own, ([x]) => x), y: Float32Array.from(own, ([, y]) => y) })
      const whole = density([part(points)], box, 8)
      expect(whole.reduce((sum, count) => sum + count, 0)).toBe(points.length)
      expect(density([part(points.slice(0, cut)), part(points.slice(cut))], box, 8)).toEqual(whole)
    }))
  })

  test('has levels that grow with the count, 0 for none', () => {
    const found = levels(Float32Array.of(0, 1, 4, 16))
    expect([...found]).toEqual([0, Math.round(255 * Math.sqrt(1 / 4)), 255, 255])
    expect([...levels(new Float32Array(3))]).toEqual([0, 0, 0])
  })
})

describe('ticks', () => {
  test.each([
    [{ from: -6, to: 6 }, 6, ['−6', '−4', '−2', '0', '2', '4', '6']],
    [{ from: 0, to: 1 }, 4, ['0.0', '0.5', '1.0']],
    [{ from: 0.0101, to: 0.0149 }, 5, ['0.011', '0.012', '0.013', '0.014']],
    [{ from: 0, to: 2.5e6 }, 3, ['0.0e0', '1.0e6', '2.0e6']],
  ])('of %o: %o', (range, most, labels) => {
    expect(ticks(range, most).map(({ label }) => label)).toEqual(labels)
  })

  test('lie inside, are round, and not too many', () => {
    fc.assert(fc.property(fc.double({ min: -1e5, max: 1e5, noNaN: true }), fc.double({ min: 1e-3, max: 1e5, noNaN: true }), fc.integer({ min: 1, max: 12 }), (from, width, most) => {
      const found = ticks({ from, to: from + width }, most)
      expect(found.length).toBeLessThanOrEqual(most + 1)
      for (const { value } of found) {
        expect(value).toBeGreaterThanOrEqual(from - 1e-6 * width)
        expect(value).toBeLessThanOrEqual(from + width + 1e-6 * width)
      }
    }))
  })

  test('of nothing are none', () => expect(ticks({ from: 1, to: 1 }, 5)).toEqual([]))
})

describe('the view of a plane', () => {
  const circle = (radius: number): [Float32Array, Float32Array] => {
    const angles = Array.from({ length: 400 }, (_, i) => (2 * Math.PI * i) / 400)
    return [Float32Array.from(angles, (a) => radius * Math.cos(a)), Float32Array.from(angles, (a) => radius * Math.sin(a))]
  }

  test('shows all points, a circle as one', () => {
    const view = new PlaneView()
    expect(view.at(1, 16)).toBeUndefined()
    view.follow(...circle(3))
    const box = view.at(2, 16) as Box
    expect(box.y.from).toBeLessThan(-3)
    expect(box.x.to).toBeGreaterThan(3)
    expect(widthOf(box.x)).toBeCloseTo(2 * widthOf(box.y), 6)
  })

  test('rests while points stay, then glides to where they are, and arrives', () => {
    const view = new PlaneView()
    view.follow(...circle(3))
    const before = view.at(1, 16)
    view.follow(...circle(3.05))
    expect(view.at(1, 16)).toEqual(before)
    view.follow(...circle(1))
    const widths = Array.from({ length: 200 }, () => widthOf((view.at(1, 16) as Box).x))
    for (let i = 1; i < widths.length; i++) expect(widths[i]).toBeLessThanOrEqual(widths[i - 1] as number)
    expect(widths.at(-1)).toBe(widths.at(-2))
    expect(widths.at(-1)).toBeLessThan(3)
  })

  test('gives coordinates of other extents their own scale', () => {
    const view = new PlaneView()
    const [x, y] = circle(1)
    view.follow(x.map((value) => value * 1000), y)
    const box = view.at(1, 16) as Box
    expect(widthOf(box.x) / widthOf(box.y)).toBeCloseTo(1000, -1)
  })
})

describe('what a stream shows', () => {
  const particles = schemaInfo(particlesSchema([new Field('x0', new Float32(), false), new Field('x1', new Float32(), false)], { acceptance_rate: 'float32' }))

  test('of particles: variables as axes, then energy and score', () => {
    expect(drawableOf(particles)).toMatchObject({ axes: [{ label: 'x0' }, { label: 'x1' }, { label: 'energy' }, { label: 'score_norm' }], num_variables: 2, is_particles: true, width: 1 })
  })

  test('of images: a grid, and its places as axes', () => {
    const field = new Field('x', listColumn(new Float32Array(784), 784).type, false, new Map([['heatbath.shape', '[28,28]']]))
    const found = drawableOf(schemaInfo(particlesSchema([field], {})))
    expect(found).toMatchObject({ image: { column: 'x', height: 28, width: 28, channels: 1 }, width: 784, num_variables: 64 })
    expect(found?.axes[2]).toEqual({ label: 'x[2]', column: 'x', index: 2 })
  })

  test('of health and training: courses, nothing to draw', () => {
    const training = schemaInfo(new Schema(['step', 'epoch', 'loss', 'gradient_norm', 'learning_rate'].map((name) => new Field(name, new Float32()))))
    expect([drawableOf(schemaInfo(HEALTH)), drawableOf(training)]).toEqual([undefined, undefined])
    expect([isHealth(schemaInfo(HEALTH)), isTraining(training), isTraining(particles), isHealth(particles)]).toEqual([true, true, false, false])
  })

  test('is asked for: no more columns, rows and steps than can be seen', () => {
    const drawable = drawableOf(particles) as NonNullable<ReturnType<typeof drawableOf>>
    const axes = drawable.axes.slice(0, 2)
    expect(queryFor('points', drawable, axes, { chains: 10_000 })).toEqual({ columns: 'step,level,energy,score_norm,acceptance_rate,is_accepted,x0,x1', rate: 30 })
    expect(queryFor('points', drawable, axes, { chains: 1e6 })).toMatchObject({ rows: 100_000, rate: 12 })
    expect(queryFor('points', drawable, axes, { chains: 10_000, is_software: true })).toMatchObject({ rate: 2 })
    expect(queryFor('density', drawable, axes, { chains: 1e6 })).toMatchObject({ rows: 250_000, rate: 4 })
    expect(queryFor('points', { ...drawable, width: 10_000 }, axes, { chains: 1e6 })).toMatchObject({ rows: 200 })
    expect(queryFor('points', { ...drawable, is_particles: false }, axes)).toMatchObject({ columns: 'x0,x1', rows: 100_000 })
  })
})

describe('a frame', () => {
  test('of several batches is shown when it is whole', () => {
    const frames = new Frames()
    frames.push(floats([1, 2], 'x', 1))
    frames.push(floats([3, 4], 'x', 1))
    expect(frames.newest).toMatchObject({ step: 1, rows: 4 })
    frames.push(floats([5, 6], 'x', 2))
    expect(frames.newest).toMatchObject({ step: 1, rows: 4 })
    frames.push(floats([7, 8], 'x', 2))
    expect(frames.newest).toMatchObject({ step: 2, rows: 4 })
    frames.push(floats([9], 'x', 3))
    expect(frames.newest).toMatchObject({ step: 2 })
    frames.end()
    expect(frames.newest).toMatchObject({ step: 3, rows: 1 })
  })

  test('of rows without steps is a batch', () => {
    const frames = new Frames()
    frames.push(floats([1, 2]))
    frames.push(floats([3]))
    frames.end()
    expect(frames.newest).toMatchObject({ step: undefined, rows: 1 })
  })
})

describe('coordinates', () => {
  test('are the column itself where it is float32', () => {
    const batch = floats([1, 2, 3])
    expect(coordinates(batch, { label: 'x', column: 'x' }).buffer).toBe((batch.data.children[0]?.values as Float32Array).buffer)
  })

  test('of large numbers keep their digits by an offset', () => {
    const batch = recordBatch(new Schema([new Field('t', new Float64(), false)]), 3, [float64Column(Float64Array.of(1.7e12, 1.7e12 + 1, 1.7e12 + 2))])
    const axis = { label: 't', column: 't' }
    expect(offsetOf(batch, axis)).toBe(1.7e12)
    expect([...coordinates(batch, axis, 1.7e12)]).toEqual([0, 1, 2])
  })

  test('of a place in a list, of integers, of nothing', () => {
    const list = listColumn(Float32Array.of(1, 2, 3, 4), 2)
    const batch = recordBatch(new Schema([new Field('v', list.type, false), new Field('n', new Int32(), false)]), 2, [list, int32Column(Int32Array.of(7, 8))])
    expect([...coordinates(batch, { label: 'v[1]', column: 'v', index: 1 })]).toEqual([2, 4])
    expect([...coordinates(batch, { label: 'n', column: 'n' })]).toEqual([7, 8])
    expect(meanOf([batch], 'n')).toBe(7.5)
    expect(meanOf([batch], 'missing')).toBeNaN()
  })

  test('have a mean of what is finite', () => {
    const batch = recordBatch(new Schema([new Field('e', new Float64())]), 4, [measuredColumn(Float64Array.of(1, NaN, 3, Infinity))])
    expect(meanOf([batch], 'e')).toBe(2)
  })
})

describe('images', () => {
  const shape = { column: 'x', height: 2, width: 2, channels: 1 }
  const batchOf = (values: readonly number[]): RecordBatch => {
    const list = listColumn(Float32Array.from(values), 4)
    return recordBatch(new Schema([new Field('x', list.type, false)]), values.length / 4, [list])
  }

  test('stand in a grid, row by row, 0 black and 1 white', () => {
    const { pixels, width, height } = pictureOf([batchOf([0, 1, 0.5, 0, 1, 1, 1, 1])], shape, 2)
    expect([width, height]).toEqual([6, 2])
    const grey = (x: number, y: number): number[] => [...pixels.slice((y * 6 + x) * 4, (y * 6 + x) * 4 + 4)]
    expect([grey(0, 0), grey(1, 0), grey(0, 1)]).toEqual([[0, 0, 0, 255], [255, 255, 255, 255], [128, 128, 128, 255]])
    expect(grey(2, 0)[3]).toBe(0) // between two images
    expect(grey(4, 1)).toEqual([255, 255, 255, 255])
  })

  test('of noise are not all black and white', () => {
    const noise = Array.from({ length: 400 }, (_, i) => 8 * Math.sin(i * i))
    const { pixels } = pictureOf([batchOf(noise)], shape, 10)
    const inner = pixels.filter((value, i) => i % 4 === 0 && value > 20 && value < 235)
    expect(inner.length).toBeGreaterThan(100)
  })

  test('are as many in a row as makes them largest', () => {
    expect(columnsFor(100, { ...shape, width: 28, height: 28 }, 1.05)).toBe(10)
    expect(columnsFor(3, shape, 10)).toBe(3)
    expect(columnsFor(1, shape, 1)).toBe(1)
  })
})

test('a landscape becomes heights over its lowest place, in units of the temperature', () => {
  const axes = [new Field('a', new Float32(), false), new Field('b', new Float32(), false), new Field('energy', new Float32(), false)]
  const schema = new Schema(axes, new Map([['heatbath.temperature', '2'], ['heatbath.shape', '[3,3]']]))
  const grid = gridOf(recordBatch(schema, 9, [[0, 1, 2, 0, 1, 2, 0, 1, 2], [5, 5, 5, 6, 6, 6, 7, 7, 7], [3, 5, NaN, Infinity, -Infinity, 3, 3, 3, 3]].map((values) => float32Column(Float32Array.from(values)))))
  expect(grid).toEqual({ size: 3, box: { x: { from: 0, to: 2 }, y: { from: 5, to: 7 } }, heights: Float32Array.of(0, 1, 1e9, 1e9, 0, 0, 0, 0, 0) })
})

test('a rate is that of the last seconds', () => {
  const rates = new Rates()
  expect(rates.of('a')).toBeUndefined()
  for (let second = 0; second <= 10; second++) rates.note('a', second < 5 ? 0 : (second - 5) * 100, second)
  expect(rates.of('a')).toBe(100)
})
