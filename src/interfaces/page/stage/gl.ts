/** The little of WebGL2 that the stage needs: programs, uniforms, a triangle over everything. */

export type Gl = WebGL2RenderingContext

/** Whether there is no graphics processor behind it, by the name of what draws: `failIfMajorPerformanceCaveat` does not tell in Chromium. */
export function isSoftware(gl: Gl): boolean {
  const names = gl.getExtension('WEBGL_debug_renderer_info')
  const name = gl.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER) as string
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name)
}

export interface Program {
  readonly program: WebGLProgram
  /** Where a uniform is. */
  readonly at: (name: string) => WebGLUniformLocation | null
}

export function makeProgram(gl: Gl, vertex: string, fragment: string): Program {
  const program = gl.createProgram()
  for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
    const shader = gl.createShader(type) as WebGLShader
    gl.shaderSource(shader, `#version 300 es\nprecision highp float;\n${source}`)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  gl.linkProgram(program)
  const isLinked = gl.getProgramParameter(program, gl.LINK_STATUS) as boolean
  if (!isLinked && !gl.isContextLost()) throw new Error(`a shader does not compile: ${gl.getProgramInfoLog(program) ?? ''}`)
  const known = new Map<string, WebGLUniformLocation | null>()
  return {
    program,
    at: (name) => {
      if (!known.has(name)) known.set(name, gl.getUniformLocation(program, name))
      return known.get(name) as WebGLUniformLocation | null
    },
  }
}

/** A triangle that covers the viewport; `uv` runs from (0, 0) at the lower left to (1, 1). */
export const COVER = `
out vec2 uv;
void main() {
  uv = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0;
  gl_Position = vec4(uv * 2.0 - 1.0, 0.0, 1.0);
}`

export function makeTexture(gl: Gl, filter: number): WebGLTexture {
  const texture = gl.createTexture()
  gl.bindTexture(gl.TEXTURE_2D, texture)
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, filter)
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE)
  return texture
}
