/**
 * A Vega-Lite specification as SVG, and as PNG, without a browser.
 *
 * The packages are loaded when the first picture is drawn. Texts are set in DejaVu Sans, which is
 * brought along, so that a PNG is the same on all machines; nothing is read from files or the network.
 * Errors: plot_invalid for a specification that Vega-Lite does not take, or takes only in part.
 */
import { createRequire } from 'node:module'
import type { TopLevelSpec } from 'vega-lite'
import { fail } from '../../../errors.ts'

export type Spec = Readonly<Record<string, unknown>>

const FONT = 'DejaVu Sans'
const FONT_FILES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => `dejavu-fonts-ttf/ttf/${file}`)

/** Of a letter, in parts of the font's size, on the average. */
const LETTER = 0.6

/** How pictures look, where a specification does not say. */
const LOOK = {
  font: FONT,
  background: 'white',
  padding: 12,
  view: { stroke: '#d0d4da' },
  axis: { gridColor: '#eceef1', domainColor: '#8a919c', tickColor: '#8a919c', labelColor: '#3b424d', titleColor: '#1d222a', titleFontWeight: 'normal', labelFontSize: 11, titleFontSize: 12, titlePadding: 8 },
  legend: { labelColor: '#3b424d', titleColor: '#1d222a', titleFontWeight: 'normal', labelFontSize: 11, titleFontSize: 12 },
  header: { labelColor: '#1d222a', titleColor: '#1d222a', titleFontWeight: 'normal', labelFontSize: 12, titleFontSize: 12 },
  title: { color: '#1d222a', fontSize: 15, fontWeight: 'bold', anchor: 'start', offset: 12 },
} as const

/** Throws plot_invalid. */
export async function svgOf(spec: Spec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')])
  const scenegraph = vega as unknown as { readonly textMetrics: { width(item: { readonly fontSize?: number }, text: unknown): number } }
  scenegraph.textMetrics.width = ({ fontSize = 11 }, text) => LETTER * fontSize * String(text ?? '').length
  try {
    const { spec: compiled } = compile({ ...spec, config: { ...LOOK, ...spec.config as object } } as unknown as TopLevelSpec, { logger: strict(vega.logger(vega.Warn)) })
    const asked: string[] = []
    const svg = await new vega.View(vega.parse(compiled), { renderer: 'none', loader: closed(vega.loader(), asked), logger: vega.logger(vega.None) }).toSVG()
    if (asked.length > 0) throw new Error(`it reads ${asked[0]}, but a picture shows the rows of its stream alone`)
    return svg
  } catch (error) {
    throw fail('plot_invalid', { problem: (error as Error).message }, error)
  }
}

/** `scale` pixels for each unit of the picture. */
export async function pngOf(svg: string, scale: number): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js')
  const { resolve } = createRequire(import.meta.url)
  const font = { fontFiles: FONT_FILES.map((file) => resolve(file)), loadSystemFonts: false, defaultFontFamily: FONT }
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: scale } }).render().asPng()
}

type Logger = ReturnType<typeof import('vega').logger>

/** What Vega-Lite only warns of would be left out of the picture. */
function strict(logger: Logger): Logger {
  const refuse = (...problems: readonly unknown[]): never => {
    throw new Error(problems.map(String).join(' '))
  }
  return Object.assign(logger, { error: refuse, warn: refuse })
}

type Loader = ReturnType<typeof import('vega').loader>

/** Reads nothing, and notes what it was asked for: Vega goes on without. */
function closed(loader: Loader, asked: string[]): Loader {
  const refuse = (uri: string): Promise<never> => {
    asked.push(uri)
    return Promise.reject(new Error('closed'))
  }
  return Object.assign(loader, { load: refuse, http: refuse, file: refuse, sanitize: refuse })
}
