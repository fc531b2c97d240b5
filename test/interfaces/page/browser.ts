/** Chromium, and the page in it; whatever goes wrong in the page is kept. */
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, onTestFinished } from 'vitest'
import { CHROMIUM } from '../../needs.ts'

const ARGS = [
  '--headless', '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

let browser: Promise<Browser> | undefined
afterAll(async () => void (await browser)?.close())

export interface Opened {
  readonly page: Page
  /** Messages of the console that are errors or warnings, and exceptions. */
  readonly problems: string[]
  /** Where it asked for something. */
  readonly urls: string[]
}

export interface OpenOptions {
  readonly width?: number
  readonly height?: number
  readonly scheme?: 'light' | 'dark'
}

export async function opened(url: string, { width = 1280, height = 900, scheme = 'light' }: OpenOptions = {}): Promise<Opened> {
  browser ??= chromium.launch({ executablePath: CHROMIUM as string, args: ARGS })
  const context = await (await browser).newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: 'reduce' })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const [problems, urls]: [string[], string[]] = [[], []]
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('request', (request) => urls.push(request.url()))
  await page.goto(url)
  return { page, problems, urls }
}

export const textOf = async (page: Page, selector: string): Promise<string> => (await page.textContent(selector)) ?? ''

/** Waits until an element has a text. */
export async function says(page: Page, selector: string, text: string | RegExp): Promise<void> {
  const form = typeof text === 'string' ? text : text.source
  await page.waitForFunction(([at, pattern]) => new RegExp(pattern as string).test(document.querySelector(at as string)?.textContent ?? ''), [selector, form])
}

/** What the first such element looks like, as the bytes of a picture. */
export const pictureOf = async (page: Page, selector: string): Promise<string> => (await page.locator(selector).first().screenshot({ animations: 'disabled' })).toString('base64')

/** Waits until an element looks other than it did. */
export async function changes(page: Page, selector: string, ms = 15_000): Promise<void> {
  const before = await pictureOf(page, selector)
  const end = performance.now() + ms
  while (await pictureOf(page, selector) === before) if (performance.now() > end) throw new Error(`${selector} stays as it is`)
}

/** Waits until the page has asked for nothing for two seconds, twice as long as it waits between two looks; gives how often it has asked. */
export async function settled(page: Page, urls: readonly string[]): Promise<number> {
  let asked = -1
  while (asked !== urls.length) {
    asked = urls.length
    await page.waitForTimeout(2000)
  }
  return asked
}
