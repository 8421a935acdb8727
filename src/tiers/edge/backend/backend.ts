import type { Clock } from "../../../kit/clock.ts"
import type { Backend as BackendEntry } from "../../../wire/map.ts"
import type { EdgeLimits } from "../edge.ts"
import type { BackendConnection } from "./backend-connection.ts"
import { type BackendHealth, type HealthEvent, newHealth, nextHealth, standingOf } from "./backend-health.ts"
import { BackendLoad } from "./backend-load.ts"
import { BackendPool } from "./backend-pool.ts"
import { HealthChecker } from "./health-checker.ts"
import { KeyedRoutes } from "./keyed-routes.ts"
import { SlowStart } from "./slow-start.ts"

/** A backend that has requests under way and says nothing for so long is asked at once whether it is well. */
const silenceMs = 500

/** Longer than a report's age: whoever is mute in one was not heard since the one before. */
const muteMs = 1000

/**
 * A backend that leaves ends what it does by its drain time-out. It is not checked any more: one that has said nothing
 * since then, and for so long, would otherwise keep an answer that it has begun open for ever.
 */
const leaveGraceMs = 5_000

export interface BackendEvents {
  healthChanged(): void
  connectionFreed(): void
  /** It may take one more request. */
  roomMade(): void
}

/**
 * How long an idle connection to a program is kept: servers close theirs after 2 s (gunicorn) or 5 s (Node, uvicorn),
 * seldom say so, and a request that meets that close is lost. Under load a connection is hardly ever idle.
 */
const programIdleTimeoutMs = 1000

/** One backend as this edge sees it: its entry in the map, its health, its connections. */
export class Backend {
  readonly id: string
  readonly #clock: Clock
  readonly #pool: BackendPool
  readonly #checker: HealthChecker
  readonly #events: BackendEvents
  #entry: BackendEntry
  #keyedRoutes: KeyedRoutes
  #health = newHealth
  #silentSinceMs: number
  readonly #slowStart: SlowStart
  #heardAtMs: number
  /** When it began to drain. */
  #leftAtMs = Number.POSITIVE_INFINITY
  readonly #load: BackendLoad

  constructor(entry: BackendEntry, limits: EdgeLimits, clock: Clock, events: BackendEvents) {
    this.id = entry.id
    this.#entry = entry
    this.#keyedRoutes = new KeyedRoutes(entry.keyedRoutes)
    this.#clock = clock
    this.#silentSinceMs = clock.monotonicMs()
    this.#slowStart = new SlowStart(limits.slowStartMs)
    this.#heardAtMs = this.#silentSinceMs
    this.#load = new BackendLoad(boundsOf(limits))
    this.#events = events
    this.#pool = new BackendPool({
      address: entry.address,
      maxConnections: limits.maxConnectionsPerBackend,
      idleTimeoutMs:
        entry.program === undefined
          ? limits.backendIdleTimeoutMs
          : Math.min(limits.backendIdleTimeoutMs, programIdleTimeoutMs),
      clock,
      onFree: () => events.connectionFreed(),
      onIdleClosed: () => this.checkNow(),
      // Our own web tier says so when it leaves; programs say so as they like.
      onLastAnswer: () => {
        if (this.#entry.program === undefined) this.checkNow()
      },
    })
    this.#checker = new HealthChecker(
      entry,
      limits,
      clock,
      event => this.note(event),
      () => this.standing === "well",
    )
    this.checkNow()
  }

  get entry(): BackendEntry {
    return this.#entry
  }

  get keyedRoutes(): KeyedRoutes {
    return this.#keyedRoutes
  }

  /** What the map gives it, or less while it is new. */
  get weight(): number {
    return this.#entry.weight * this.#slowStart.share
  }

  get outstanding(): number {
    return this.#pool.inUse
  }

  /** Sent to it so far. */
  get requests(): number {
    return this.#pool.acquired
  }

  get hasRoom(): boolean {
    return this.#load.hasRoom && this.#pool.hasRoom
  }

  get health(): BackendHealth {
    return this.#health
  }

  get standing() {
    return standingOf(this.#health, this.#clock.monotonicMs())
  }

  /** Leaves its checks without an answer, and every request too: not slow, but gone. */
  get isMute(): boolean {
    return this.#health.reach === "silent" && this.#clock.monotonicMs() - this.#heardAtMs >= muteMs
  }

  /** A whole request waits for the head of its answer from now on. */
  asked(): void {
    this.#load.begin()
  }

  /** The head came: so long it took, and there is room for another request. */
  headCame(sinceMs: number, nowMs: number): void {
    this.#load.answered(sinceMs, nowMs)
    this.#events.roomMade()
  }

  /** No head will come. */
  gaveUp(): void {
    this.#load.gaveUp()
  }

  /** What this front door may give it, from now on. */
  rebound(limits: BackendLimits): void {
    this.#load.rebound(boundsOf(limits))
    this.#pool.maxConnections = limits.maxConnectionsPerBackend
  }

  acquire(): BackendConnection {
    return this.#pool.acquire()
  }

  /** Follows its entry in the map; undefined when it has none any more. A draining one keeps no idle connection. */
  follow(entry: BackendEntry | undefined): void {
    const before = this.#entry.state
    this.#entry = entry ?? { ...this.#entry, state: "draining" }
    if (entry !== undefined) this.#keyedRoutes = new KeyedRoutes(entry.keyedRoutes)
    if (this.#entry.state === before) return
    if (this.#entry.state === "draining") {
      this.#leftAtMs = this.#clock.monotonicMs()
      this.#checker.stop()
      this.#pool.close()
      return
    }
    this.#leftAtMs = Number.POSITIVE_INFINITY
    this.#pool.reopen()
    this.checkNow()
  }

  /** Something looks wrong: asks it now instead of at the next turn. */
  checkNow(): void {
    if (this.#entry.state === "active") this.#checker.checkNow()
  }

  /** Takes in what was seen of it. */
  note(event: HealthEvent): void {
    const before = this.#health
    if (event === "answered" && before.drops === 0) return
    // A web instance that leaves waits for that: an idle connection which it closes itself could meet a request.
    if (event === "check-refused" || event === "connect-failed") this.#pool.letGo()
    const nowMs = this.#clock.monotonicMs()
    this.#health = nextHealth(before, event, nowMs)
    if (this.#health === before) return
    if (this.#health.reach === "up") this.#slowStart.up(nowMs)
    else if (this.#health.reach === "down") this.#slowStart.down(nowMs)
    if (event === "dropped" || event === "connect-failed") this.checkNow()
    if (event === "dropped") {
      this.#clock.after(this.#health.avoidUntilMs - nowMs, () => this.#events.healthChanged())
    }
    if (event !== "answered") this.#events.healthChanged()
  }

  /** It is out of rotation for its silence: what waits for it and may be sent again goes elsewhere. */
  abandon(): void {
    this.#pool.abandon()
  }

  /** `drainTimeoutMs`: what the map gives a backend that leaves. */
  sweep(nowMs: number, drainTimeoutMs: number): void {
    this.#pool.sweep(nowMs)
    this.#slowStart.sweep(nowMs)
    const heard = this.#pool.takeHeard()
    if (heard) this.#heardAtMs = nowMs
    if (nowMs - Math.max(this.#heardAtMs, this.#leftAtMs) >= drainTimeoutMs + leaveGraceMs)
      this.#pool.giveUp()
    if (heard || this.outstanding === 0) this.#silentSinceMs = nowMs
    this.#load.sweep(nowMs)
    if (nowMs - this.#silentSinceMs < silenceMs) return
    this.#silentSinceMs = nowMs
    this.checkNow()
  }
}

type BackendLimits = Pick<EdgeLimits, "minConcurrencyPerBackend" | "maxConnectionsPerBackend">

function boundsOf({ minConcurrencyPerBackend: least, maxConnectionsPerBackend: most }: BackendLimits) {
  return { least: Math.min(least, most), most }
}
