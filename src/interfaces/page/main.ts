/** The page of a run: what it shows follows from what the server tells. */
import { meanOf } from './data/coordinates.ts'
import { SOFTWARE_RATE } from './data/query.ts'
import { Run } from './data/run.ts'
import { byId, setAttributes, setText } from './dom.ts'
import { takeTokenFromAddress, useToken } from './net/ask.ts'
import { followEvents, type Connection } from './net/events.ts'
import { Charts } from './panels/charts.ts'
import { Courses } from './panels/courses.ts'
import { showFacts } from './panels/facts.ts'
import { Lanes } from './panels/lanes.ts'
import { showStatus } from './panels/status.ts'
import { View } from './panels/view.ts'
import { Stage } from './stage/stage.ts'
import { theme } from './theme.ts'

/** Time between two looks at what changes slowly, in ms. */
const SLOW_MS = 200

takeTokenFromAddress()
const run = new Run()
const stage = new Stage(byId('plane'), byId('canvas'), byId('axes'))
const view = new View(run, stage)
const charts = new Charts(byId('charts'))
const lanes = new Lanes(byId('lanes'))
const courses = new Courses(charts)
const stop = new AbortController()
let connection: Connection = { state: 'connecting' }
let isPaused = false
let lastSlow = 0
let lastStep: number | undefined

byId('no-graphics').hidden = stage.is_able
setAttributes(document.documentElement, { 'data-software': stage.is_software })

theme(byId('theme'), () => {
  stage.repaint()
  charts.repaint()
})

byId('pause').addEventListener('click', () => {
  isPaused = !isPaused
  document.body.dataset.paused = String(isPaused)
  setAttributes(byId('pause'), { 'aria-pressed': String(isPaused) })
  setText(byId('pause-word'), isPaused ? 'Resume view' : 'Pause view')
})

/** Courses of what the stage shows. */
function chartParticles(): void {
  const [frame, shown] = [view.frame, view.shown]
  if (frame?.step === undefined || shown === undefined || !shown.drawable.is_particles || frame.step === lastStep) return
  lastStep = frame.step
  for (const name of ['energy', 'score_norm']) charts.point(shown.stream, name, frame.step, meanOf(frame.batches, name))
  const isWatched = run.graph?.streams.some(({ from, through }) => from === shown.stream && through.some(({ name }) => name === 'diagnose')) === true
  if (isWatched) return
  const rate = meanOf(frame.batches, 'acceptance_rate')
  charts.point(shown.stream, 'acceptance_rate', frame.step, Number.isNaN(rate) ? meanOf(frame.batches, 'is_accepted') : rate)
}

function describeStage(): void {
  const [frame, shown] = [view.frame, view.shown]
  byId('stage').hidden = shown === undefined
  if (shown === undefined) return
  const first = frame?.batches[0]
  const expected = run.graph?.expected[shown.stream]
  const level = first?.getChild('level')?.get(0) as number | null | undefined
  showFacts({
    stream: shown.stream, step: frame?.step, steps: expected?.steps, levels: expected?.levels, level: level ?? undefined,
    rows: frame?.rows ?? 0, chains: view.sample?.chains, sample: view.sample, is_images: shown.as === 'images', is_density: shown.as === 'density', has_terrain: view.has_terrain,
  })
  setAttributes(byId('canvas'), { 'aria-label': `${shown.as} of ${shown.stream}${frame?.step === undefined ? '' : ` at step ${frame.step}`}, ${frame?.rows ?? 0} rows` })
}

/** What is not there yet, and when it comes. */
function hintOf(hasCharts: boolean): string {
  if (!run.is_known) return ''
  if (run.end !== undefined) return hasCharts || view.shown !== undefined ? '' : 'This run has shown nothing that can be drawn.'
  if (view.shown === undefined) {
    const later = run.graph?.streams.find(({ sample, phases }) => sample !== undefined && (phases[0] ?? 0) > run.state.phase)
    if (later !== undefined && run.state.phase > 0) return `Particles appear in phase ${later.phases[0]}, with ${later.name}.`
  }
  return hasCharts ? '' : 'Charts appear with the first numbers.'
}

function slow(): void {
  showStatus(run, connection)
  lanes.update(run)
  const dropped = view.dropped + courses.dropped
  byId('missed').hidden = dropped === 0
  setText(byId('missed'), `This page was too slow for ${dropped} ${dropped === 1 ? 'batch' : 'batches'}: they are not shown, and not lost to the run.`)
  if (isPaused) return
  chartParticles()
  setText(byId('hint'), hintOf(charts.update()))
  describeStage()
}

function frame(now: number): void {
  requestAnimationFrame(frame)
  if (stage.is_software && now - lastSlow < 1000 / SOFTWARE_RATE) return
  if (!isPaused) view.show(now)
  stage.draw(now)
  if (now - lastSlow < SLOW_MS) return
  lastSlow = now
  slow()
}
requestAnimationFrame(frame)

/** Asks for the token until one is right. */
function unlocked(): Promise<void> {
  const dialog = byId<HTMLDialogElement>('lock')
  dialog.showModal()
  return new Promise((resolve) => {
    byId('lock-form').addEventListener('submit', (event) => {
      event.preventDefault()
      useToken(byId<HTMLInputElement>('token').value.trim())
      dialog.close()
      resolve()
    }, { once: true })
  })
}

const news = (): void => {
  view.update()
  courses.update(run.streams)
}

document.addEventListener('visibilitychange', () => {
  if (run.end !== undefined) return // nothing is asked any more
  if (!document.hidden) return news()
  view.close()
  courses.close()
})

void followEvents({
  signal: stop.signal,
  onEvent: (event) => run.event(event),
  onConnection: (now) => {
    if (now.state === 'live' && connection.state === 'lost') {
      view.reopen()
      courses.reopen()
    }
    connection = now
  },
  onOtherRun: () => location.reload(),
  unlocked,
})
void run.follow({
  signal: stop.signal,
  isThere: () => connection.state === 'live' || connection.state === 'over',
  onNews: news,
  onNoRoom: () => courses.giveWay(),
}).then(() => setTimeout(() => {
  view.end()
  courses.close()
}, 5000))
