/** The built page in Chromium, on a run that the test moves. */
import { describe, expect, test } from 'vitest'
import type { RunEvent } from '../../../src/pipelines/events.ts'
import { needs } from '../../needs.ts'
import { clientsOf, until } from '../server/world.ts'
import { changes, opened, pictureOf, says, settled, textOf } from './browser.ts'
import { imageParticles, moving, trainingRow } from './run.ts'

needs('chromium')

const END: RunEvent = { event: 'end', status: 'completed', seconds: 83 }

describe('a run that goes on', () => {
  test('moves: points, charts, numbers; without a problem, and asking nobody else', async () => {
    const run = await moving()
    run.move()
    const { page, problems, urls } = await opened(run.server.url)
    await says(page, '#fact-step', /^\d/)
    await says(page, '#caption', 'chains of langevin on ring_of_gaussians. The lines are heights of the energy')
    for (let i = 0; i < 3; i++) await changes(page, '#canvas')
    await page.waitForFunction(() => document.querySelectorAll('.chart canvas').length >= 8)
    const titles = await page.locator('.chart .title').allTextContents()
    expect(titles).toEqual(['Loss', 'Gradient norm', 'Learning rate', 'Acceptance rate', 'Mean energy', 'Mean score norm', 'R-hat', 'Effective sample size', 'Mean', 'Standard deviation'])
    const value = await textOf(page, '.chart .value')
    await changes(page, '.chart .plot')
    expect(Number(await textOf(page, '.chart .value'))).toBeLessThan(Number(value))
    expect([await textOf(page, '#run-name'), await textOf(page, '#state-word'), await textOf(page, '#fact-rows')]).toEqual(['ring', 'Running', '400'])
    expect(await page.locator('#lanes .lane h4').allTextContents()).toEqual(['particles', 'health', 'training'])
    await says(page, '#lanes', /rows\/s/)
    expect(new Set(urls.map((url) => new URL(url).origin))).toEqual(new Set([run.server.url]))
    expect(urls.some((url) => url.includes('/streams/particles/landscape'))).toBe(true)
    expect(problems).toEqual([])
    await page.close()
    await until(() => clientsOf(run) === 0)
    expect(run.faults).toEqual([])
  })

  test('the view pauses and resumes; the run does not', async () => {
    const run = await moving()
    run.move()
    const { page } = await opened(run.server.url)
    await says(page, '#fact-step', /^\d/)
    await changes(page, '#canvas')
    await page.click('#pause')
    await page.waitForTimeout(500)
    const [picture, step, rows] = [await pictureOf(page, '#canvas'), await textOf(page, '#fact-step'), run.at.step]
    await until(() => run.at.step > rows + 10)
    expect([await pictureOf(page, '#canvas') === picture, await textOf(page, '#fact-step'), await page.getAttribute('#pause', 'aria-pressed')]).toEqual([true, step, 'true'])
    await page.click('#pause')
    await changes(page, '#canvas')
    expect(await textOf(page, '#pause-word')).toBe('Pause view')
  })

  test('other coordinates, a density, and back', async () => {
    const run = await moving()
    run.move()
    const { page, problems } = await opened(run.server.url)
    await says(page, '#caption', 'heights of the energy')
    run.stop()
    await page.waitForTimeout(800)
    const points = await pictureOf(page, '#canvas')
    run.move()
    await page.selectOption('#choose-as', 'density')
    await says(page, '#caption', 'The stronger the colour, the more of 400 chains')
    expect(await pictureOf(page, '#canvas')).not.toBe(points)
    await page.selectOption('#choose-as', 'points')
    await page.selectOption('#choose-y', 'energy')
    await says(page, '#caption', /ring_of_gaussians\.$/) // no energy under other coordinates
    expect(await page.locator('#choose-x option').allTextContents()).toEqual(['x0', 'x1', 'energy', 'score_norm'])
    expect(problems).toEqual([])
  })

  test('images stand in a grid', async () => {
    const run = await moving({ pipeline: undefined })
    let step = 0
    const timer = setInterval(() => run.batches$.next(imageParticles(++step)), 40)
    const { page, problems } = await opened(run.server.url, { scheme: 'dark' })
    await says(page, '#caption', 'Each image is one of 12')
    await says(page, '#fact-level', /^\d+$/)
    for (let i = 0; i < 3; i++) await changes(page, '#canvas')
    clearInterval(timer)
    expect(await page.isHidden('#axes-fields')).toBe(true)
    expect(problems).toEqual([])
  })

  test('a stream that breaks off between two batches is asked for again', async () => {
    const run = await moving()
    run.move()
    const { page, urls } = await opened(run.server.url)
    await says(page, '#caption', 'one of 400 chains')
    const asked = (): number => urls.filter((url) => url.includes('/streams/particles?')).length
    const before = asked()
    run.stop()
    run.batches$.next(trainingRow(1)) // other columns: the server lets go
    await until(() => asked() > before)
  })

  test('what slow viewers have missed is shown', async () => {
    const run = await moving()
    run.server.hub.tap('particles', { buffer: { batches: 1, bytes: Infinity } }) // never read
    run.move()
    const { page } = await opened(run.server.url)
    await says(page, '.lane .lost', /^\d+ batches not seen by slow viewers$/)
  })
})

describe('the end', () => {
  test('is told, and the last step stays', async () => {
    const run = await moving()
    run.move()
    const { page, problems, urls } = await opened(run.server.url)
    await says(page, '#fact-step', /^\d/)
    run.stop()
    run.server.event(END)
    for (const stream$ of [run.batches$, run.health$, run.training$]) stream$.complete()
    await says(page, '#state-word', 'Completed')
    await says(page, '#fact-step', `^${run.at.step} / 120$`)
    const asked = await settled(page, urls) // what is under way when the server goes would find nobody
    await run.server.close()
    await page.waitForTimeout(1500)
    expect(urls.length).toBe(asked)
    await says(page, '#fact-step', `^${run.at.step} / 120$`)
    expect([await textOf(page, '#clock'), await page.isHidden('#failure'), await page.title()]).toEqual(['1:23', true, 'ring · completed · heatbath'])
    expect(await page.locator('.lane').evaluateAll((lanes) => lanes.map((lane) => (lane as HTMLElement).dataset.state))).toEqual(['ended', 'ended', 'ended'])
    expect(problems).toEqual([])
  })

  test('of a run that failed says why', async () => {
    const run = await moving()
    run.move()
    const { page } = await opened(run.server.url)
    await says(page, '#state-word', 'Running')
    run.server.event({ event: 'end', status: 'failed', seconds: 2, error: { code: 'sampler_diverged', message: 'all 400 chains diverged', hint: 'Take a smaller step.' } })
    await says(page, '#state-word', 'Failed')
    await says(page, '#failure', 'all 400 chains diverged\\s+Take a smaller step\\. sampler_diverged')
    expect([await page.getAttribute('#failure', 'role'), await page.isVisible('#failure')]).toEqual(['alert', true])
  })

  test('of the connection is told, and what comes after it is seen', async () => {
    const run = await moving()
    run.move()
    const { page } = await opened(run.server.url)
    await says(page, '#fact-step', /^\d/)
    await run.server.close()
    await says(page, '#state-word', 'Connection lost')
    expect(await textOf(page, '#state-more')).toMatch(/trying again every \d s/)
    run.stop()
    const again = await moving({ port: run.port })
    again.at.step = 1000
    again.move()
    await says(page, '#state-word', 'Running')
    await says(page, '#fact-step', /^1.?0\d\d/)
  })

  test('and another run at the same address begins anew', async () => {
    const run = await moving()
    run.at.step = 5000
    run.move()
    const { page } = await opened(run.server.url)
    await says(page, '#run-id', '3f9a')
    await says(page, '#fact-step', /^5.?\d\d\d /)
    await run.server.close()
    run.stop()
    const next = await moving({ port: run.port, run_id: 'other-run' })
    next.move()
    await says(page, '#run-id', 'other-run')
    await says(page, '#fact-step', /^\d{1,3} /)
  })
})

describe('its reader', () => {
  test('may come with a keyboard alone, and sees where it is', async () => {
    const run = await moving()
    run.move()
    const { page } = await opened(run.server.url)
    await says(page, '#fact-step', /^\d/)
    const way: string[] = []
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('Tab')
      way.push(await page.evaluate(() => document.activeElement?.id || document.activeElement?.className || document.activeElement?.textContent || ''))
      expect(await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)).not.toBe('none')
    }
    expect(way).toEqual(['skip', 'pause', 'theme', 'choose-as', 'choose-x', 'choose-y', 'streams', 'graph'])
    await page.focus('#pause')
    await page.keyboard.press('Space')
    expect(await page.getAttribute('#pause', 'aria-pressed')).toBe('true')
    await page.focus('#choose-as')
    await page.keyboard.press('ArrowDown')
    expect(await page.inputValue('#choose-as')).toBe('density')
  })

  test('may not see: everything has a name, pictures have words', async () => {
    const run = await moving()
    run.move()
    const { page } = await opened(run.server.url)
    await page.waitForFunction(() => document.querySelectorAll('.chart canvas').length >= 8)
    await says(page, '#caption', 'one of 400 chains')
    const nameless = await page.evaluate(() => [...document.querySelectorAll('button, select, input, [role=img], [role=progressbar], section')]
      .filter((element) => ((element.getAttribute('aria-label') ?? '') + (element.textContent ?? '') + [...(element as HTMLInputElement).labels ?? []].map(({ textContent }) => textContent).join('')).trim() === '')
      .map(({ outerHTML }) => outerHTML))
    expect(nameless).toEqual([])
    expect(await page.getAttribute('#canvas', 'aria-label')).toMatch(/^points of particles at step \d+, 400 rows$/)
    expect(await page.getAttribute('.chart .plot', 'aria-label')).toMatch(/^Loss of training: [\d.e-]+ at step \d+$/)
    expect(await page.getAttribute('.standing', 'role')).toBe('status')
  })

  test.each([360, 390, 768, 1024, 1920])('has no need to scroll sideways at %i pixels', async (width) => {
    const run = await moving()
    run.move()
    const { page } = await opened(run.server.url, { width, height: 800 })
    await page.waitForFunction(() => document.querySelectorAll('.chart canvas').length >= 8)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  })

  test('has light or dark as the system has it, until it says otherwise', async () => {
    const run = await moving()
    run.move()
    const { page } = await opened(run.server.url, { scheme: 'dark' })
    const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const dark = await ground()
    await page.emulateMedia({ colorScheme: 'light' })
    await page.waitForSelector('html[data-scheme=light]')
    const light = await ground()
    expect(light).not.toBe(dark)
    await page.click('#theme')
    expect(await ground()).toBe(dark)
    await page.reload()
    expect(await ground()).toBe(dark)
  })

  test('is asked for the token, until it is right', async () => {
    const run = await moving({ token: 'a-token-of-some-length' })
    run.move()
    const { page } = await opened(run.server.url)
    await page.fill('#token', 'wrong')
    await page.keyboard.press('Enter')
    await page.waitForTimeout(300)
    await page.fill('#token', 'a-token-of-some-length')
    await page.keyboard.press('Enter')
    await says(page, '#state-word', 'Running')
    await says(page, '#fact-step', /^\d/)
    const direct = await opened(`${run.server.url}/#token=a-token-of-some-length`)
    await says(direct.page, '#fact-step', /^\d/)
    expect(direct.page.url()).toBe(`${run.server.url}/`)
    expect(direct.problems).toEqual([])
  })
})
