/**
 * The energy as a terrain: deeper is darker, with contour lines at E − min E = 1, 3, 7, 15, ... times τ.
 *
 * Between nodes it is interpolated in the shader: textures of float32 are not filtered everywhere.
 */
import { widthOf, type Box } from '../data/plane-view.ts'
import { COVER, makeProgram, makeTexture, type Gl, type Program } from './gl.ts'
import type { Palette } from './palette.ts'

/** (E − min E)/τ on a grid over a box, the first coordinate running fastest. */
export interface Grid {
  readonly box: Box
  readonly size: number
  readonly heights: Float32Array
}

const FRAGMENT = `
uniform sampler2D levels; // log2(1 + height): nearly straight between nodes
uniform vec4 place; // of the view in the grid: from and width of x, of y; the grid is 0 to 1
uniform vec3 low, high, line;
uniform float contrast;
in vec2 uv;
out vec4 pixel;
float levelAt(vec2 at) {
  vec2 size = vec2(textureSize(levels, 0)) - 1.0;
  vec2 cell = clamp(at, 0.0, 1.0) * size;
  ivec2 i = ivec2(min(floor(cell), size - 1.0));
  vec2 f = cell - vec2(i);
  float a = texelFetch(levels, i, 0).r, b = texelFetch(levels, i + ivec2(1, 0), 0).r;
  float c = texelFetch(levels, i + ivec2(0, 1), 0).r, d = texelFetch(levels, i + ivec2(1, 1), 0).r;
  return mix(mix(a, b, f.x), mix(c, d, f.x), f.y);
}
void main() {
  float level = levelAt(place.xz + uv * place.yw);
  vec3 ground = mix(low, high, 1.0 - exp(-level * 0.42));
  float slope = max(fwidth(level), 1e-5);
  float near = abs(fract(level - 0.5) - 0.5) / slope;
  float contour = (1.0 - smoothstep(0.4, 1.3, near)) * (1.0 - smoothstep(0.15, 0.5, slope)) * step(0.5, level);
  pixel = vec4(mix(ground, line, contour * contrast), 1.0);
}`

export class TerrainLayer {
  readonly #gl: Gl
  readonly #program: Program
  readonly #texture: WebGLTexture
  #grid: Grid | undefined

  constructor(gl: Gl) {
    this.#gl = gl
    this.#program = makeProgram(gl, COVER, FRAGMENT)
    this.#texture = makeTexture(gl, gl.NEAREST)
  }

  upload(grid: Grid | undefined): void {
    this.#grid = grid
    if (grid === undefined) return
    const gl = this.#gl
    gl.bindTexture(gl.TEXTURE_2D, this.#texture)
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, grid.size, grid.size, 0, gl.RED, gl.FLOAT, grid.heights.map((height) => Math.log2(1 + height)))
  }

  draw({ x, y }: Box, { low, high, contour, contrast }: Palette): void {
    const [gl, grid] = [this.#gl, this.#grid]
    if (grid === undefined) return
    const [own, width, height] = [grid.box, widthOf(grid.box.x), widthOf(grid.box.y)]
    const { program, at } = this.#program
    gl.useProgram(program)
    gl.bindTexture(gl.TEXTURE_2D, this.#texture)
    gl.uniform4f(at('place'), (x.from - own.x.from) / width, widthOf(x) / width, (y.from - own.y.from) / height, widthOf(y) / height)
    gl.uniform3f(at('low'), ...low)
    gl.uniform3f(at('high'), ...high)
    gl.uniform3f(at('line'), ...contour)
    gl.uniform1f(at('contrast'), contrast)
    gl.drawArrays(gl.TRIANGLES, 0, 3)
  }
}
