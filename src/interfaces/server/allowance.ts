/**
 * How much of the processors those who watch may take: what the run leaves over, and a little.
 *
 * Clients that wait are served in turn. What it took to serve each is taken from a balance that fills
 * at a rate; who comes when it is empty waits. The rate follows what was left of the main thread and
 * of the machine, in the worst of the last looks, so that half of both always stays free: a run works
 * and waits in turn, and what it waits for is late if we are in the way then.
 *
 *   rate' = rate used + ½ (left over − RESERVE) where more than the reserve was left,
 *           rate used · left over / RESERVE where less was: at once LEAST of what the run itself takes where nothing was
 *
 * Times are in ms; a rate is ms per ms.
 */
import os from 'node:os'
import { performance, type EventLoopUtilization } from 'node:perf_hooks'

/** What was used since the last look, as shares of the time that passed. */
export interface Load {
  /** Of the main thread. */
  readonly thread: number
  /** Processors that were idle. */
  readonly idle_processors: number
  /** Processors that this process had. */
  readonly own_processors: number
}

export interface Probes {
  now(): number
  load(): Load
}

/** Who watches may slow a run by this much where nothing is left over: half of it here, half where they read. */
const LEAST = 0.025
/** Where the run itself is at rest because others take the machine. */
const FLOOR = 0.005
/** Of the main thread, and of a processor. */
const RESERVE = 0.5
const LOOK_EVERY_MS = 200
/** A call of the engine and what comes of it take no longer than so many looks. */
const LOOKS = 5
/** The most that is saved up. */
const MOST_BALANCE = 25
/** Bytes that a system takes over in a ms. */
const BYTES_PER_MS = 4e5

export class Allowance {
  readonly #probes: Probes
  readonly #waiting: (() => void)[] = []
  #isUnlimited = false
  #rate = LEAST
  #balance = MOST_BALANCE
  #filled: number
  #looked: number
  #used = 0
  /** Left over at the last looks. */
  #left: number[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(probes: Probes = new SystemProbes()) {
    this.#probes = probes
    this.#filled = this.#looked = probes.now()
  }

  /** Nothing needs to be spared any more. */
  lift(): void {
    this.#isUnlimited = true
    clearTimeout(this.#timer)
    for (const go of this.#waiting.splice(0)) go()
  }

  /** Resolves when it is the caller's turn. */
  turn(): Promise<void> | undefined {
    if (this.#isUnlimited) return undefined
    this.#fill()
    if (this.#balance > 0 && this.#waiting.length === 0) return undefined
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#wait()
    })
  }

  /** Somebody was served: it took so long, and so many bytes wait for the system to take them. */
  spent(ms: number, waiting: number): void {
    const cost = ms + waiting / BYTES_PER_MS
    this.#balance -= cost
    this.#used += cost
  }

  #wait(): void {
    if (this.#timer !== undefined) return
    const ms = Math.min(LOOK_EVERY_MS, Math.max(0, -this.#balance / this.#rate))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#fill()
      if (this.#balance > 0) this.#waiting.shift()?.()
      if (this.#waiting.length > 0) this.#wait()
    }, ms).unref()
  }

  #fill(): void {
    const now = this.#probes.now()
    if (now - this.#looked >= LOOK_EVERY_MS) this.#look(now)
    this.#balance = Math.min(MOST_BALANCE, this.#balance + (now - this.#filled) * this.#rate)
    this.#filled = now
  }

  #look(now: number): void {
    const { thread, idle_processors, own_processors } = this.#probes.load()
    const used = this.#used / (now - this.#looked)
    this.#left = [...this.#left.slice(1 - LOOKS), Math.min(1 - thread, idle_processors)]
    const left = Math.min(...this.#left)
    const least = Math.max(FLOOR, LEAST * Math.min(thread, own_processors))
    const next = left > RESERVE ? used + (left - RESERVE) / 2 : used * (Math.max(0, left) / RESERVE)
    this.#rate = Math.min(1, Math.max(least, next))
    this.#looked = now
    this.#used = 0
  }
}

/** What Node and the system tell. */
class SystemProbes implements Probes {
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()
  #processors = times()
  #usage = process.cpuUsage()
  #at = performance.now()

  now(): number {
    return performance.now()
  }

  load(): Load {
    const [utilization, processors, usage, at] = [performance.eventLoopUtilization(), times(), process.cpuUsage(), performance.now()]
    const { utilization: thread } = performance.eventLoopUtilization(utilization, this.#utilization)
    const idle_processors = ((processors.idle - this.#processors.idle) / Math.max(1, processors.all - this.#processors.all)) * processors.count
    const own_processors = (usage.user + usage.system - this.#usage.user - this.#usage.system) / 1000 / Math.max(1, at - this.#at)
    this.#utilization = utilization
    this.#processors = processors
    this.#usage = usage
    this.#at = at
    return { thread, idle_processors, own_processors }
  }
}

function times(): { readonly idle: number; readonly all: number; readonly count: number } {
  const processors = os.cpus()
  let [idle, all] = [0, 0]
  for (const { times: { user, nice, sys, irq, idle: rest } } of processors) {
    idle += rest
    all += user + nice + sys + irq + rest
  }
  return { idle, all, count: processors.length }
}
