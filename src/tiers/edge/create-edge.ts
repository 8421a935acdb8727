import type { Clock } from "../../kit/clock.ts"
import { HexDigits } from "../../telemetry/hex-digits.ts"
import { KeptTraces } from "../../telemetry/kept-traces.ts"
import type { Epoch } from "../../wire/epoch.ts"
import { compareEpochs } from "../../wire/epoch.ts"
import type { Challenge, ServiceMap } from "../../wire/map.ts"
import type { FrontReport } from "../../wire/report.ts"
import type { TracePart } from "../../wire/request-trace.ts"
import { BackendSet } from "./backend/backend-set.ts"
import { Canary } from "./canary/canary.ts"
import { Front } from "./client/front.ts"
import { UnreadAnswers } from "./client/http2/unread-answers.ts"
import { defaultEdgeLimits, type Edge, type EdgeLimits, type EdgeOptions } from "./edge.ts"
import type { EdgeContext } from "./edge-context.ts"
import { EdgeCounters } from "./edge-counters.ts"
import { RetryBudget } from "./exchange/retry-budget.ts"
import { openFronts, shareOfLimits } from "./share-of-limits.ts"
import { Sweeper } from "./sweeper.ts"

const noHttps = {}

/** A front door that is closed until a map opens it. */
export function createEdge(options: EdgeOptions): Edge {
  return new FrontDoor(options)
}

class FrontDoor implements Edge {
  readonly #id: string
  readonly #clock: Clock
  readonly #limits: EdgeLimits
  readonly #backends: BackendSet
  readonly #budget: RetryBudget
  readonly #canary: Canary
  readonly #counters: EdgeCounters
  readonly #front: Front
  readonly #sweeper: Sweeper
  readonly #kept = new KeptTraces<TracePart>()
  readonly #listeners: Array<() => void> = []
  #challenges: readonly Challenge[] = []
  #epoch: Epoch | undefined
  #wantedOpen = false
  #stopped = false

  constructor(options: EdgeOptions) {
    const limits = { ...defaultEdgeLimits, ...options.limits }
    const { id, clock, random, log, accessLog } = options
    const onChange = () => this.#changed()
    this.#id = id
    this.#clock = clock
    this.#limits = limits
    this.#budget = new RetryBudget(limits.retryBudget, clock.monotonicMs())
    this.#canary = new Canary(random)
    this.#backends = new BackendSet({ limits, clock, random, log, canary: this.#canary, onChange })
    this.#counters = new EdgeCounters(clock.monotonicMs())
    const hexDigits = new HexDigits(random)
    const prefix = hexDigits.take(16)
    let count = 0
    const context: EdgeContext = {
      limits,
      clock,
      hexDigits,
      backends: this.#backends,
      canary: this.#canary,
      budget: this.#budget,
      counters: this.#counters,
      unread: new UnreadAnswers(limits.maxConnectionsPerAddress),
      accessLog,
      kept: this.#kept,
      coarseNowMs: () => this.#sweeper.nowMs,
      nextRequestId: () => `${prefix}-${(++count).toString(36)}`,
      https: () => this.#front.tls?.https ?? noHttps,
      challenges: () => this.#challenges,
      ownAuthority: () => this.#authority(),
    }
    this.#front = new Front(options, context, onChange)
    this.#sweeper = new Sweeper(clock, nowMs => {
      this.#front.sweep(nowMs)
      this.#backends.sweep(nowMs)
    })
  }

  get ready(): boolean {
    return this.#epoch !== undefined && this.#backends.ready
  }

  async apply(map: ServiceMap): Promise<void> {
    if (this.#stopped) return
    if (this.#epoch !== undefined && compareEpochs(map.epoch, this.#epoch) < 0) return
    this.#epoch = map.epoch
    const fronts = openFronts(map)
    const share = shareOfLimits(this.#limits, fronts)
    this.#budget.divide(fronts)
    this.#front.admission.share(share)
    this.#canary.follow(map)
    this.#challenges = map.challenges ?? []
    this.#backends.apply(map, share)
    this.#wantedOpen = map.fronts.find(front => front.id === this.#id)?.state === "open"
    if (this.#wantedOpen) await this.#front.open()
    // Asked again, for a newer map may have come while the socket was being opened.
    if (!this.#wantedOpen && this.#front.state === "open") this.#front.drain(map.settings.drainTimeoutMs)
  }

  report(): FrontReport {
    const nowMs = this.#clock.monotonicMs()
    const canary = this.#canary.report()
    const { requests, outstanding, answers, refusals, aborted, retries, refusedHeaders } = this.#counters
    const { tls } = this.#front
    return {
      state: this.#front.state,
      connections: this.#front.connections,
      outstanding,
      requests,
      answers,
      refusals,
      aborted,
      retries,
      latencyMs: this.#counters.latencyMs(nowMs),
      latencies: this.#counters.latencies(nowMs),
      ...(tls === undefined ? {} : { tls: tls.report() }),
      ...(Object.keys(refusedHeaders).length === 0 ? {} : { proxyHeaderFailures: refusedHeaders }),
      backends: this.#backends.all.map(backend => ({
        id: backend.id,
        outstanding: backend.outstanding,
        healthy: backend.standing === "well",
        requests: backend.requests,
        ...(backend.isMute ? { silent: true as const } : {}),
      })),
      ...(canary && { canary }),
    }
  }

  traces(): TracePart[] {
    return this.#kept.all(this.#clock.monotonicMs())
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  address(): { host: string; port: number } | undefined {
    return this.#front.address()
  }

  tlsAddress(): { host: string; port: number } | undefined {
    return this.#front.tlsAddress()
  }

  async stop(drainTimeoutMs: number): Promise<void> {
    this.#stopped = true
    this.#wantedOpen = false
    await this.#front.drain(drainTimeoutMs)
    this.#sweeper.stop()
    this.#backends.close()
    this.#front.tls?.close()
  }

  #authority(): string {
    const address = this.#front.address()
    if (address === undefined) return "localhost"
    return address.host.includes(":")
      ? `[${address.host}]:${address.port}`
      : `${address.host}:${address.port}`
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
