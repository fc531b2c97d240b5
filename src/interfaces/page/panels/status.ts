/** The head of the page: which run this is, how it stands, how far it is. */
import { clock } from '../../view/amounts.ts'
import { doneOf, secondsLeft, type StreamState } from '../../view/run-state.ts'
import type { Run } from '../data/run.ts'
import { byId, setAttributes, setText } from '../dom.ts'
import type { Connection } from '../net/events.ts'

/** How the run stands, in one word for the style sheet and one for the reader. */
interface Standing {
  readonly state: 'waiting' | 'running' | 'completed' | 'stopped' | 'failed' | 'lost'
  readonly word: string
  readonly more: string
}

const WORDS = { completed: 'Completed', stopped: 'Stopped', failed: 'Failed', running: 'Running' } as const

export function showStatus(run: Run, connection: Connection): void {
  const { state, word, more } = standingOf(run, connection)
  document.body.dataset.state = state
  setText(byId('run-name'), run.name === '' ? 'heatbath' : run.name)
  setText(byId('run-id'), run.id)
  setText(byId('state-word'), word)
  setText(byId('state-more'), more)
  setText(byId('clock'), run.seconds === undefined ? '' : clock(run.seconds))
  document.title = `${run.name === '' ? '' : `${run.name} · ${word.toLowerCase()} · `}heatbath`
  const error = run.end?.error
  byId('failure').hidden = error === undefined
  if (error !== undefined) {
    setText(byId('failure-message'), error.message)
    setText(byId('failure-hint'), error.hint ?? '')
    setText(byId('failure-code'), error.code ?? '')
  }
  showProgress(run)
}

function standingOf(run: Run, connection: Connection): Standing {
  if (run.end !== undefined) {
    const { status } = run.end
    const more = { completed: 'all is written', stopped: 'after a checkpoint', failed: 'see below', running: '' }[status]
    return { state: status === 'running' ? 'completed' : status, word: WORDS[status], more }
  }
  if (connection.state === 'lost') return { state: 'lost', word: 'Connection lost', more: `trying again every ${Math.round(connection.retry_ms / 1000)} s` }
  if (connection.state === 'over') return { state: 'completed', word: 'Over', more: '' }
  if (connection.state === 'connecting' || connection.state === 'locked') return { state: 'waiting', word: 'Connecting', more: '' }
  const { phase, phases } = run.state
  if (phase === 0) return { state: 'waiting', word: 'Getting ready', more: 'reading data, compiling' }
  return { state: 'running', word: 'Running', more: phases > 1 ? `phase ${phase} of ${phases}` : '' }
}

/** Of the stream of this phase that is least far. */
function showProgress({ state, end }: Run): void {
  const streams = [...state.streams.values()].filter(({ has_ended }) => !has_ended)
  const known = streams.flatMap((stream) => {
    const done = doneOf(stream)
    return done === undefined ? [] : [{ stream, done }]
  })
  const least = known.reduce<{ stream: StreamState; done: number } | undefined>((a, b) => (a === undefined || b.done < a.done ? b : a), undefined)
  const share = end === undefined ? least?.done : end.status === 'completed' ? 1 : undefined
  const bar = byId('progress')
  bar.hidden = share === undefined
  if (share === undefined) return
  const percent = Math.min(100, Math.round(share * 1000) / 10)
  setAttributes(bar, { 'aria-valuenow': String(percent) })
  const fill = bar.firstElementChild as HTMLElement
  fill.style.transform = `scaleX(${percent / 100})`
  const left = least === undefined || end !== undefined ? undefined : secondsLeft(least.stream, performance.now())
  setText(byId('left'), left === undefined ? '' : `${clock(left)} left`)
}
