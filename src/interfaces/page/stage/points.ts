/** Points as small soft discs, straight from the columns: x and y are an attribute each. */
import type { Box } from '../data/plane-view.ts'
import type { Points } from '../data/density.ts'
import { widthOf } from '../data/plane-view.ts'
import { makeProgram, type Gl, type Program } from './gl.ts'
import type { Palette } from './palette.ts'

const VERTEX = `
layout(location = 0) in float x;
layout(location = 1) in float y;
uniform vec4 box; // from and 1 / width of x, of y
uniform float size;
void main() {
  gl_Position = vec4((vec2(x, y) - box.xz) * box.yw * 2.0 - 1.0, 0.0, 1.0);
  gl_PointSize = size;
}`

const FRAGMENT = `
uniform vec4 color;
uniform float size;
out vec4 pixel;
void main() {
  float distance = length(gl_PointCoord - 0.5) * size;
  float inside = clamp(size * 0.5 - distance, 0.0, 1.0);
  pixel = vec4(color.rgb, 1.0) * color.a * inside;
}`

export class PointLayer {
  readonly #gl: Gl
  readonly #program: Program
  readonly #array: WebGLVertexArrayObject
  readonly #buffers: readonly [WebGLBuffer, WebGLBuffer]
  #capacity = 0
  #count = 0

  constructor(gl: Gl) {
    this.#gl = gl
    this.#program = makeProgram(gl, VERTEX, FRAGMENT)
    this.#array = gl.createVertexArray()
    this.#buffers = [gl.createBuffer(), gl.createBuffer()]
    gl.bindVertexArray(this.#array)
    for (const [location, buffer] of this.#buffers.entries()) {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer)
      gl.enableVertexAttribArray(location)
      gl.vertexAttribPointer(location, 1, gl.FLOAT, false, 0, 0)
    }
    gl.bindVertexArray(null)
  }

  upload(parts: readonly Points[]): void {
    const gl = this.#gl
    this.#count = parts.reduce((sum, { x }) => sum + x.length, 0)
    const grows = this.#count > this.#capacity
    if (grows) this.#capacity = 2 ** Math.ceil(Math.log2(this.#count))
    for (const [i, buffer] of this.#buffers.entries()) {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer)
      if (grows) gl.bufferData(gl.ARRAY_BUFFER, this.#capacity * Float32Array.BYTES_PER_ELEMENT, gl.DYNAMIC_DRAW)
      let at = 0
      for (const part of parts) {
        gl.bufferSubData(gl.ARRAY_BUFFER, at, i === 0 ? part.x : part.y)
        at += part.x.byteLength
      }
    }
  }

  /** The more there are, the smaller and the more transparent. `side`: of the picture, in pixels. */
  draw({ x, y }: Box, { point, glow }: Palette, side: number): void {
    const gl = this.#gl
    const many = Math.max(1, this.#count / 1000)
    const size = Math.max(1.8, (side / 80) * many ** -0.3)
    const alpha = Math.max(glow ? 0.16 : 0.22, Math.min(0.9, 0.9 * many ** -0.36))
    gl.useProgram(this.#program.program)
    gl.uniform4f(this.#program.at('box'), x.from, 1 / widthOf(x), y.from, 1 / widthOf(y))
    gl.uniform1f(this.#program.at('size'), size)
    gl.uniform4f(this.#program.at('color'), ...point, alpha)
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, glow ? gl.ONE : gl.ONE_MINUS_SRC_ALPHA) // on dark, light adds up: where many are, it glows
    gl.bindVertexArray(this.#array)
    gl.drawArrays(gl.POINTS, 0, this.#count)
    gl.bindVertexArray(null)
    gl.disable(gl.BLEND)
  }
}
