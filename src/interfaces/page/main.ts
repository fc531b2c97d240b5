/** The page of a run: what it shows follows from what the server tells. */
import type { RecordBatch } from 'apache-arrow'
import { meanOf } from './data/coordinates.ts'
import { isHealth, isTraining } from './data/kinds.ts'
import { Run } from './data/run.ts'
import { byId, setAttributes, setText } from './dom.ts'
import { takeTokenFromAddress, useToken } from './net/ask.ts'
import { followEvents, type Connection } from './net/events.ts'
import { Tail } from './net/tail.ts'
import { Charts } from './panels/charts.ts'
import { showFacts } from './panels/facts.ts'
import { Lanes } from './panels/lanes.ts'
import { showStatus } from './panels/status.ts'
import { View } from './panels/view.ts'
import { Stage } from './stage/stage.ts'
import { theme } from './theme.ts'

/** Time between two looks at what changes slowly, in ms. */
const SLOW_MS = 200
/** Streams of training and health that are followed at a time: a browser opens six connections to one server. */
const MOST_TAILS = 3

takeTokenFromAddress()
const run = new Run()
const stage = new Stage(byId('plane'), byId('canvas'), byId('axes'))
const view = new View(run, stage)
const charts = new Charts(byId('charts'))
const lanes = new Lanes(byId('lanes'))
const tails = new Map<string, { readonly tail: Tail; isOver: boolean }>()
const stop = new AbortController()
let connection: Connection = { state: 'connecting' }
let isPaused = false
let lastSlow = 0
let lastStep: number | undefined

byId('no-graphics').hidden = stage.is_able

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

/** Courses of streams that have some, each from its start. */
function followCourses(): void {
  for (const { name, schema, batches } of run.streams) {
    if (schema === undefined || batches === 0 || tails.has(name) || [...tails.values()].filter(({ isOver }) => !isOver).length >= MOST_TAILS) continue
    const onBatch = isTraining(schema) ? (batch: RecordBatch) => charts.training(name, batch) : isHealth(schema) ? (batch: RecordBatch) => charts.health(name, batch) : undefined
    if (onBatch === undefined) continue
    tails.set(name, {
      isOver: false,
      tail: new Tail({
        stream: name, query: { from: 'start' }, onBatch,
        onEnd: () => {
          const entry = tails.get(name)
          if (entry !== undefined) entry.isOver = true
        },
      }),
    })
  }
}

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
  const dropped = view.dropped + [...tails.values()].reduce((sum, { tail }) => sum + tail.dropped, 0)
  byId('missed').hidden = dropped === 0
  setText(byId('missed'), `This page was too slow for ${dropped} ${dropped === 1 ? 'batch' : 'batches'}: they are not shown, and not lost to the run.`)
  if (isPaused) return
  chartParticles()
  setText(byId('hint'), hintOf(charts.update()))
  describeStage()
}

function frame(now: number): void {
  requestAnimationFrame(frame)
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

/** After a break: what has ended may have been the server's end, not the stream's. */
function comeBack(): void {
  view.reopen()
  for (const { tail } of tails.values()) tail.close()
  tails.clear()
}

const news = (): void => {
  view.update()
  followCourses()
}

void followEvents({
  signal: stop.signal,
  onEvent: (event) => run.event(event),
  onConnection: (now) => {
    if (now.state === 'live' && connection.state === 'lost') comeBack()
    connection = now
  },
  onOtherRun: () => location.reload(),
  unlocked,
})
void run.follow(stop.signal, news).then(() => setTimeout(() => {
  view.end()
  for (const { tail } of tails.values()) tail.close()
}, 5000))
