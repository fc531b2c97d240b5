/**
 * First and second derivatives against central differences, for every form of op that lets them
 * pass, on TensorFlow and on tfjs's own CPU backend; and that they are not right unrepaired.
 *
 * Differences are taken over four points, sums in double precision. What is left is the rounding of
 * float32 values: 6e-8 |f|/h.
 */
import { execFileSync } from 'node:child_process'
import { beforeEach, describe, expect, test } from 'vitest'
import { float32, valueAndGrad, valueAndGrads, type HostArray } from '../../src/engine/index.ts'
import { tf, type Scalar, type Tensor, type Tensor1D, type Tensor2D } from '../../src/engine/tf.ts'
import { needs } from '../needs.ts'
import { compiled, eagerly } from './both.ts'
import { derivativesOf, FORMS, weightOf, type Form } from './forms.ts'
import { floats } from './numbers.ts'

needs('tensorflow')

const STEP = 0.01
const TOLERANCE = 2e-3
const DIFFERENTIABLE = FORMS.filter(({ order }) => order > 0)

/** Where a derivative is known to be wrong, and why that stays. */
const WAIVERS = [
  { backend: 'cpu', name: 'avgPool, overlapping', reason: 'tfjs divides the gradient at the edges by whole windows; the backend is for small trials' },
] as const

describe.each(['tensorflow', 'cpu'])('on the backend %s', (backend) => {
  const forms = DIFFERENTIABLE.filter(({ name }) => !WAIVERS.some((waiver) => waiver.backend === backend && waiver.name === name))

  beforeEach(() => {
    tf.env().set('PROD', true) // no advertisement on stderr
    tf.setBackend(backend)
    return () => void tf.setBackend('tensorflow')
  })

  test.each(forms)('the derivatives of $name are those of differences', (form) => {
    const made = evaluate(form, form.inputs)
    const exact = differences(form)
    expect(farthest(made.gradient, exact.gradient)).toBeLessThan(TOLERANCE)
    expect(farthest(made.hessian, exact.hessian)).toBeLessThan(TOLERANCE)
  })

  test.each(WAIVERS.filter((waiver) => waiver.backend === backend))('$name is still wrong: else drop its waiver', ({ name }) => {
    const form = FORMS.find((candidate) => candidate.name === name) as Form
    expect(farthest(evaluate(form, form.inputs).gradient, differences(form).gradient)).toBeGreaterThan(TOLERANCE)
  })
})

describe('the gradient in θ of |∇E|², of an energy that is a net', () => {
  const THETA = [floats([3, 8], -0.8, 0.8), floats([8], -0.5, 0.5, 1), floats([8, 8], -0.5, 0.5, 2), floats([8, 1], -1, 1, 3)]
  const X = floats([5, 3], -1.5, 1.5, 4)

  const energy = ([w0, b, w1, w2]: Tensor[], x: Tensor2D): Tensor1D => {
    const h = tf.add(tf.matMul(x, w0 as Tensor2D), b as Tensor1D)
    const silu = tf.mul(h, tf.sigmoid(h)) as Tensor2D
    return tf.squeeze(tf.matMul(tf.tanh(tf.matMul(silu, w1 as Tensor2D)), w2 as Tensor2D), [1])
  }
  const functional = (theta: Tensor[], x: Tensor2D): Scalar => tf.mean(tf.square(valueAndGrad((at: Tensor2D) => energy(theta, at), x).grad))
  const f = ({ theta, x }: { theta: Tensor[]; x: Tensor2D }): unknown => valueAndGrads((t: Tensor[]) => functional(t, x), theta)

  const exact = (): Numbers => THETA.map(({ data }, which) => Array.from(data, (_, i) => slope((h) => tf.tidy(() => {
    const theta = THETA.map(({ shape, data: values }, j) => tf.tensor(j === which ? values.map((v, k) => (k === i ? v + h : v)) : values, [...shape]))
    return functional(theta, tf.tensor2d(X.data, [5, 3])).dataSync()[0] as number
  }))))

  test.each([['op by op', eagerly], ['compiled', compiled]])('%s', async (_, run) => {
    const { grads } = await run<{ grads: HostArray[] }>(f, { theta: THETA, x: X })
    expect(farthest(grads.map(({ data }) => Array.from(data)), exact())).toBeLessThan(1e-4)
  })
})

describe('unrepaired tfjs', () => {
  const SECOND_DERIVATIVES = `
    const tf = require('@tensorflow/tfjs')
    tf.env().set('PROD', true)
    const second = (f) => tf.grad((x) => tf.grad(f)(x))(tf.scalar(0.7)).dataSync()[0]
    console.log(JSON.stringify([second((x) => tf.mul(x, tf.sigmoid(x))), second((x) => tf.mul(x, tf.tanh(tf.softplus(x))))]))
  `

  test('gets the second derivatives of silu and mish wrong, and repaired they are right', () => {
    const unrepaired = JSON.parse(execFileSync(process.execPath, ['-e', SECOND_DERIVATIVES], { encoding: 'utf8' })) as number[]
    const repaired = [(x: Tensor) => tf.mul(x, tf.sigmoid(x)), (x: Tensor) => tf.mul(x, tf.tanh(tf.softplus(x)))].map((f) => tf.tidy(() =>
      valueAndGrad((x: Scalar) => valueAndGrad(f, x).grad, tf.scalar(0.7)).grad.dataSync()[0] as number))
    const silu = (x: number): number => x / (1 + Math.exp(-x))
    const mish = (x: number): number => x * Math.tanh(Math.log1p(Math.exp(x)))
    const exact = [silu, mish].map((f) => (f(0.7 + 1e-4) - 2 * f(0.7) + f(0.7 - 1e-4)) / 1e-8)
    exact.forEach((value, i) => {
      expect(repaired[i]).toBeCloseTo(value, 5)
      expect(Math.abs((unrepaired[i] as number) - value)).toBeGreaterThan(0.1 * Math.abs(value))
    })
  })
})

type Numbers = readonly (readonly number[])[]

/** Values of a form, its gradient and Hessian product, one array for each tensor. */
function evaluate(form: Form, inputs: readonly HostArray[]): Record<'values' | 'gradient' | 'hessian', Numbers> {
  const numbers = (ts: readonly Tensor[]): Numbers => ts.map((t) => Array.from(t.dataSync()))
  tf.engine().startScope()
  try {
    const made = derivativesOf(form, inputs.map(({ data, shape, dtype }) => tf.tensor(data, [...shape], dtype)))
    return { values: numbers(made.values), gradient: numbers(made.gradient), hessian: numbers(made.hessian) }
  } finally {
    tf.engine().endScope()
  }
}

function differences(form: Form): Record<'gradient' | 'hessian', Numbers> {
  const variable = form.inputs.filter(({ dtype }) => dtype === 'float32')
  const gradient = variable.map(({ data }, which) => Array.from(data, (_, i) => (i % stride(data.length) === 0 ? slope((h) => weightedSum(moved(form, which, (j) => (j === i ? h : 0)))) : NaN)))
  const along = (h: number): number[] => evaluate({ ...form, order: 1 }, moved(form, undefined, (j) => h * weightOf(j))).gradient.flat()
  const hessian = form.order < 2 ? [] : slopes(along)
  let at = 0
  return { gradient, hessian: form.order < 2 ? [] : variable.map(({ data }) => hessian.slice(at, (at += data.length))) }

  function weightedSum(inputs: readonly HostArray[]): number {
    return evaluate({ ...form, order: 0 }, inputs).values.reduce((sum, values) => sum + values.reduce((s, value, i) => s + value * weightOf(i), 0), 0)
  }
}

/** Of large inputs some of the coordinates. */
const stride = (size: number): number => Math.ceil(size / 24)

/** The inputs of a form, those of floats moved by amounts: all, or one. */
function moved({ inputs }: Form, which: number | undefined, by: (i: number) => number): HostArray[] {
  const variable = inputs.filter(({ dtype }) => dtype === 'float32')
  return inputs.map((input) => {
    if (input.dtype !== 'float32' || (which !== undefined && input !== variable[which])) return input
    return float32(input.shape, Float32Array.from(input.data, (value, i) => value + by(i)))
  })
}

/** f'(0) over four points, up to h⁴. */
const slope = (f: (h: number) => number): number => (8 * (f(STEP) - f(-STEP)) - (f(2 * STEP) - f(-2 * STEP))) / (12 * STEP)

function slopes(f: (h: number) => number[]): number[] {
  const [a, b, c, d] = [f(STEP), f(-STEP), f(2 * STEP), f(-2 * STEP)]
  return a.map((value, i) => (8 * (value - (b[i] as number)) - ((c[i] as number) - (d[i] as number))) / (12 * STEP))
}

/** The largest distance between two lists of arrays over the largest value (at least 1); NaN in `exact` is not compared. */
function farthest(made: Numbers, exact: Numbers): number {
  const [a, b] = [made.flat(), exact.flat()]
  if (a.length !== b.length) return Infinity
  const scale = Math.max(1, ...b.filter((value) => !Number.isNaN(value)).map(Math.abs))
  return Math.max(0, ...a.map((value, i) => (Number.isNaN(b[i]) ? 0 : Math.abs(value - (b[i] as number)) / scale)))
}
