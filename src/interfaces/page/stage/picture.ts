/** A picture in the middle of the stage: images pixel by pixel, or a density in the palette's colours. */
import type { Picture } from '../data/pictures.ts'
import { COVER, makeProgram, makeTexture, type Gl, type Program } from './gl.ts'
import type { Palette } from './palette.ts'

const IMAGE = `
uniform sampler2D picture;
in vec2 uv;
out vec4 pixel;
void main() {
  vec4 color = texture(picture, vec2(uv.x, 1.0 - uv.y));
  pixel = vec4(color.rgb * color.a, color.a);
}`

const DENSITY = `
uniform sampler2D picture;
uniform vec3 thin, dense;
in vec2 uv;
out vec4 pixel;
void main() {
  float level = texture(picture, uv).r;
  pixel = vec4(mix(thin, dense, smoothstep(0.5, 1.0, level) * 0.9), 1.0) * smoothstep(0.0, 0.8, level);
}`

class TextureLayer {
  protected readonly gl: Gl
  protected readonly program: Program
  protected readonly texture: WebGLTexture

  constructor(gl: Gl, fragment: string, filter: number) {
    this.gl = gl
    this.program = makeProgram(gl, COVER, fragment)
    this.texture = makeTexture(gl, filter)
  }

  protected cover(): void {
    const { gl } = this
    gl.bindTexture(gl.TEXTURE_2D, this.texture)
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
    gl.drawArrays(gl.TRIANGLES, 0, 3)
    gl.disable(gl.BLEND)
  }
}

export class PictureLayer extends TextureLayer {
  #width = 1
  #height = 1

  constructor(gl: Gl) {
    super(gl, IMAGE, gl.NEAREST)
  }

  upload({ pixels, width, height }: Picture): void {
    const { gl } = this
    this.#width = width
    this.#height = height
    gl.bindTexture(gl.TEXTURE_2D, this.texture)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, pixels)
  }

  /** As large as fits; by a whole factor where that is large. */
  draw(width: number, height: number): void {
    const { gl } = this
    const fit = Math.min(width / this.#width, height / this.#height)
    const scale = fit >= 3 ? Math.floor(fit) : fit
    const [w, h] = [Math.round(this.#width * scale), Math.round(this.#height * scale)]
    gl.viewport(Math.round((width - w) / 2), Math.round((height - h) / 2), w, h)
    gl.useProgram(this.program.program)
    this.cover()
    gl.viewport(0, 0, width, height)
  }
}

export class DensityLayer extends TextureLayer {
  constructor(gl: Gl) {
    super(gl, DENSITY, gl.LINEAR)
  }

  upload(levels: Uint8Array, size: number): void {
    const { gl } = this
    gl.bindTexture(gl.TEXTURE_2D, this.texture)
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, size, size, 0, gl.RED, gl.UNSIGNED_BYTE, levels)
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4)
  }

  draw({ point, dense }: Palette): void {
    const { gl, program } = this
    gl.useProgram(program.program)
    gl.uniform3f(program.at('thin'), ...point)
    gl.uniform3f(program.at('dense'), ...dense)
    this.cover()
  }
}
