/**
 * /metrics: the run in the words of Prometheus.
 *
 * Counts are read from the hub when they are asked for, and so is how the chains are doing, from the
 * newest batch of each stream; loss, step and rate are those of the last event. The registry is the
 * server's own; metrics of the process are collected once for all.
 */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { RunEvent } from '../../pipelines/events.ts'
import type { Hub, StreamInfo } from '../../streams/taps/index.ts'
import { VERSION } from '../../version.ts'
import { addBatchMetrics } from './batch-metrics.ts'

export type Transport = 'http' | 'flight'

export interface Metrics {
  readonly type: string
  text(): Promise<string>
  event(event: RunEvent): void
  /** Counts bytes of a stream that are sent. */
  sent(stream: string, transport: Transport): (bytes: number) => void
  answered(method: string, route: string, status: number): void
}

export function makeMetrics(hub: Hub, run: { readonly name: string; readonly run_id: string }): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const labelNames = ['stream'] as const
  const counter = (name: string, help: string, of: (stream: StreamInfo) => number): void => void new Counter({
    name, help, labelNames, registers,
    collect() {
      this.reset()
      for (const stream of hub.streams()) this.inc({ stream: stream.name }, of(stream))
    },
  })
  counter('heatbath_rows_total', 'Rows that a stream emitted.', ({ rows }) => rows)
  counter('heatbath_batches_total', 'Record batches that a stream emitted.', ({ batches }) => batches)
  counter('heatbath_tap_dropped_batches_total', 'Record batches that clients were too slow for.', ({ dropped_batches }) => dropped_batches)
  counter('heatbath_tap_dropped_rows_total', 'Rows of those batches.', ({ dropped_rows }) => dropped_rows)
  void new Gauge({
    name: 'heatbath_tap_clients', help: 'Clients that read a stream.', labelNames, registers,
    collect() {
      for (const { name, clients } of hub.streams()) this.set({ stream: name }, clients)
    },
  })
  const sent = new Counter({ name: 'heatbath_tap_sent_bytes_total', help: 'Bytes of a stream that were sent to clients.', labelNames: ['stream', 'transport'], registers })
  const requests = new Counter({ name: 'heatbath_http_requests_total', help: 'Requests that were answered.', labelNames: ['method', 'route', 'status'], registers })
  new Gauge({ name: 'heatbath_run_info', help: 'The run: always 1.', labelNames: ['pipeline', 'run_id', 'version'], registers })
    .set({ pipeline: run.name, run_id: run.run_id, version: VERSION }, 1)
  addBatchMetrics(hub, registers)
  const gauge = (name: string, help: string): Gauge<'stream'> => new Gauge({ name, help, labelNames, registers })
  const loss = gauge('heatbath_loss', 'Loss of the last training step that was told.')
  const step = gauge('heatbath_step', 'Last step that was told.')
  const rate = gauge('heatbath_rows_per_second', 'Rows per second of a stream.')
  return {
    type: registry.contentType,
    text: () => Registry.merge([registry, processRegistry()]).metrics(),
    sent: (stream, transport) => (bytes) => sent.inc({ stream, transport }, bytes),
    answered: (method, route, status) => requests.inc({ method, route, status }),
    event(event) {
      if (event.event !== 'training' && event.event !== 'progress') return
      const { stream } = event
      rate.set({ stream }, event.rows_per_s)
      if (event.step !== undefined) step.set({ stream }, event.step)
      if (event.event === 'training') loss.set({ stream }, event.loss)
    },
  }
}

let ofProcess: Registry | undefined

/** Its observers cannot be stopped: one set for all servers of the process, from the first time that someone asks. */
function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}
