import { createServer, type Server, type Socket } from "node:net"
import { httpDate } from "../../http1/index.ts"
import type { Clock } from "../../kit/clock.ts"
import { compareEpochs } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { WebReport } from "../../wire/report.ts"
import type { TracePart } from "../../wire/request-trace.ts"
import { Connection } from "./connection.ts"
import { Drain } from "./drain.ts"
import { installFetch } from "./fetch/install.ts"
import { type ListenAddress, listen } from "./listen.ts"
import type { Site } from "./site.ts"
import type { HostedApp, Web, WebLimits, WebLog, WebOptions } from "./web.ts"
import { WebTraces } from "./web-traces.ts"

/** Time-outs of connections are looked at together, this often at most: no timer for each request. */
const checkEveryMs = 1000
/** Behind the deadline of a stop: streams that were asked to end, and answers on their last bytes. */
const stopGraceMs = 3000
/**
 * How long front doors may take to let their idle connections go: an answer that says it is the last one has them look
 * at once, a check that is refused tells the others within a second.
 */
const releaseMs = 2000
/** How long peers may take to end their side of a connection that has nothing left to say. */
const closeGraceMs = 1000

export function createWeb(options: WebOptions): Web {
  installFetch()
  return new NodeWeb(options)
}

class NodeWeb implements Web, Site {
  readonly id: string
  readonly app: HostedApp
  readonly limits: WebLimits
  readonly clock: Clock
  readonly log: WebLog
  readonly drain: Drain
  readonly traced: WebTraces | undefined
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  readonly #listeners: Array<() => void> = []
  #map: ServiceMap | undefined
  /** Was among the map's backends once: being left out later means to drain, before it means nothing. */
  #wasListed = false
  #stopped: Promise<void> | undefined
  #requests = 0
  #errors = 0
  #cancelCheck: () => void = () => {}
  /** In a stop: no connection is left. */
  #onLastGone: () => void = () => {}

  constructor({ id, app, limits, clock, log, tracing }: WebOptions) {
    this.id = id
    this.app = app
    this.limits = limits
    this.clock = clock
    this.log = log
    this.drain = new Drain(clock, () => this.#changed())
    this.traced = tracing && new WebTraces(tracing, clock)
    const options = { noDelay: true, keepAlive: true, allowHalfOpen: true }
    this.#server = createServer(options, socket => this.#accept(socket))
  }

  get stopping(): boolean {
    return this.#stopped !== undefined
  }

  get date(): string {
    return httpDate(this.clock.nowMs())
  }

  countRequest(): void {
    this.#requests++
  }

  countError(): void {
    this.#errors++
  }

  async listen(address: ListenAddress): Promise<ListenAddress> {
    const bound = await listen(this.#server, address)
    this.#checkLater()
    return bound
  }

  apply(map: ServiceMap): void {
    if (this.#map !== undefined && compareEpochs(map.epoch, this.#map.epoch) < 0) return
    this.#map = map
    if (this.stopping) return
    const entry = map.backends.find(backend => backend.id === this.id)
    if (entry !== undefined) this.#wasListed = true
    if (entry === undefined ? this.#wasListed : entry.state === "draining") {
      this.drain.begin(map.settings.drainTimeoutMs)
    } else this.drain.resume()
  }

  report(): WebReport {
    return {
      state: this.drain.state,
      outstanding: this.drain.outstanding,
      requests: this.#requests,
      errors: this.#errors,
    }
  }

  traces(): TracePart[] {
    return this.traced?.parts() ?? []
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  stop(drainTimeoutMs: number): Promise<void> {
    this.#stopped ??= this.#stop(drainTimeoutMs)
    return this.#stopped
  }

  async #stop(drainTimeoutMs: number): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    const left = new Promise<void>(resolve => {
      this.#onLastGone = resolve
    })
    if (this.#connections.size === 0) this.#onLastGone()
    this.drain.begin(drainTimeoutMs)
    await this.#emptied(drainTimeoutMs + stopGraceMs)
    // Closed from here an idle connection could meet a request on its way, which may not be sent again.
    if (this.#wasListed && this.drain.outstanding === 0) {
      await Promise.race([left, this.#pause(releaseMs)])
      await this.#emptied(stopGraceMs)
    }
    const { outstanding } = this.drain
    if (outstanding > 0) this.log.error({ outstanding }, "the time to drain is over; what is left is cut")
    for (const connection of this.#connections) connection.leave()
    await Promise.race([left, this.#pause(closeGraceMs)])
    for (const connection of this.#connections) connection.destroy()
    await closed
    this.#cancelCheck()
  }

  #emptied(withinMs: number): Promise<void> {
    return Promise.race([this.drain.emptied(), this.#pause(withinMs)])
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => this.clock.after(ms, resolve))
  }

  #accept(socket: Socket): void {
    const connection = new Connection(socket, this, () => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this.#onLastGone()
    })
    this.#connections.add(connection)
  }

  #checkLater(): void {
    const { headTimeoutMs, keepAliveMs } = this.limits
    const everyMs = Math.max(10, Math.min(checkEveryMs, headTimeoutMs / 4, keepAliveMs / 4))
    this.#cancelCheck = this.clock.after(everyMs, () => {
      const nowMs = this.clock.monotonicMs()
      for (const connection of this.#connections) connection.check(nowMs)
      this.#checkLater()
    })
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
