/**
 * The page of a run, open in a browser until the run is over.
 *
 *   node page.mjs URL CHROMIUM
 *
 * Chromium is started in a session of its own, and Linux shares its processors among sessions
 * (autogroups): if we run at SCHED_IDLE the session gets the least weight there is.
 *
 * Then it prints how many different steps it showed, and what the console complained of, as JSON.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const [url = '', executablePath = ''] = process.argv.slice(2)
const server = await chromium.launchServer({ executablePath, args: ['--headless', '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'] })
if (execFileSync('chrt', ['--pid', String(process.pid)], { encoding: 'utf8' }).includes('SCHED_IDLE')) writeFileSync(`/proc/${server.process().pid}/autogroup`, '19')
const browser = await chromium.connect(server.wsEndpoint())
const page = await browser.newPage()
/** @type {string[]} */
const problems = []
page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(message.text()))
page.on('pageerror', (error) => problems.push(String(error)))
await page.goto(url)
const steps = new Set()
while (await fetch(`${url}/healthz`).then(({ ok }) => ok, () => false)) {
  steps.add(await page.textContent('#fact-step'))
  await page.waitForTimeout(200)
}
await server.close()
process.stdout.write(`${JSON.stringify({ steps_shown: steps.size, problems: problems.filter((text) => !text.includes('ERR_CONNECTION_REFUSED')) })}\n`)
