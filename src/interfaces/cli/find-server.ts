/**
 * The server of a run that goes on: given by its URL, or by the run, whose manifest knows it.
 *
 * A port may have passed on to another run since: the server has to say that it is of this one.
 * Errors: run_missing, tap_ended, tap_unserved, tap_unreachable, tap_refused.
 */
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { fail } from '../../errors.ts'
import { findRun, readManifest } from '../../pipelines/run-folder.ts'
import type { StreamInfo } from '../../streams/taps/index.ts'

export interface FoundServer {
  readonly url: string
  readonly streams: readonly StreamInfo[]
}

interface Told {
  readonly run_id: string
  readonly streams: readonly StreamInfo[]
}

export async function findServer(run: string): Promise<FoundServer> {
  if (/^https?:\/\//i.test(run)) {
    const url = run.replace(/\/+$/, '')
    return { url, streams: (await streamsAt(url)).streams }
  }
  const folder = await findRun(run)
  const { status, server, run_id } = await readManifest(folder)
  if (status !== 'running') throw fail('tap_ended', { run, status, folder })
  if (server === undefined) throw fail('tap_unserved', { run })
  const told = await streamsAt(server)
  if (told.run_id !== run_id) throw fail('tap_ended', { run, status: 'was killed', folder })
  return { url: server, streams: told.streams }
}

/** An answer with status 200, of which nothing has been read. */
export async function request({ url }: Pick<FoundServer, 'url'>, path: string): Promise<IncomingMessage> {
  const token = process.env.HEATBATH_TOKEN ?? ''
  const target = URL.canParse(`${url}${path}`) ? new URL(`${url}${path}`) : undefined
  if (target === undefined) throw fail('tap_unreachable', { url, reason: 'this is no URL' })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    (target.protocol === 'https:' ? https : http)
      .get(target, { agent: false, headers: token === '' ? {} : { authorization: `Bearer ${token}` } }, resolve)
      .on('error', (error: NodeJS.ErrnoException) => reject(fail('tap_unreachable', { url, reason: error.code ?? error.message }, error)))
  })
  if (response.statusCode === 200) return response
  const answer = await textOf(response)
  throw fail('tap_refused', { url, ...reasonIn(answer, response.statusCode) })
}

async function streamsAt(url: string): Promise<Told> {
  const told = parsed(await textOf(await request({ url }, '/streams')))
  if (Array.isArray(told?.streams)) return told as unknown as Told
  throw fail('tap_refused', { url, ...NOT_OURS })
}

/** Enough for any answer but a stream. */
const MOST_CHARS = 2 ** 22

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of response.setEncoding('utf8')) if ((text += part as string).length > MOST_CHARS) break
  return text
}

const NOT_OURS = { problem: 'this is not the server of a run', remedy: 'Give the URL that the run showed at its start.' }

function reasonIn(answer: string, status: number | undefined): { readonly problem: string; readonly remedy: string } {
  const { message, hint } = parsed(answer) ?? {}
  if (typeof message === 'string' && typeof hint === 'string') return { problem: message, remedy: hint }
  return { ...NOT_OURS, problem: `${NOT_OURS.problem}, it answers ${status}` }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : undefined
  } catch {
    return undefined // whoever asked says what was wrong
  }
}
