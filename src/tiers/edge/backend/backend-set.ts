import type { Clock } from "../../../kit/clock.ts"
import type { Random } from "../../../kit/random.ts"
import type { Backend as BackendEntry, ServiceMap } from "../../../wire/map.ts"
import type { Canary } from "../canary/canary.ts"
import { onTrack } from "../canary/on-track.ts"
import type { Track } from "../canary/place.ts"
import type { EdgeLimits, EdgeLog } from "../edge.ts"
import { Backend } from "./backend.ts"
import type { BackendConnection } from "./backend-connection.ts"
import { inRotation } from "./backend-health.ts"
import { chooseBackend } from "./balance.ts"
import { QueuePatience } from "./queue-patience.ts"
import { WaitingLine } from "./waiting-line.ts"

/** A request that wants a connection to some backend. */
export interface Waiter {
  /** Backends that failed it already: taken only when there is no other. */
  readonly tried: readonly string[]
  /** Whose backends it goes to while there is a canary. */
  readonly track: Track | undefined
  /** Whether it may go to this one at all. */
  fits(backend: Backend): boolean
  /** Monotonic time until which it waits. */
  readonly waitUntilMs: number
  granted(backend: Backend, connection: BackendConnection): void
  /** It waited in vain: for any backend, or for one with room. */
  waitedInVain(why: "no-backend" | "overload"): void
}

export type BackendSetOptions = {
  readonly limits: EdgeLimits
  readonly clock: Clock
  readonly random: Random
  readonly log: EdgeLog
  readonly canary: Canary
  /** The health of a backend, or who is in rotation, changed. */
  readonly onChange: () => void
}

/** All backends of the map, who of them is in rotation, and the requests that wait for one. */
export class BackendSet {
  readonly #options: BackendSetOptions
  readonly #line: WaitingLine<Waiter>
  readonly #patience: QueuePatience
  #backends = new Map<string, Backend>()
  /** Removed from the map, requests still under way. */
  #leaving = new Set<Backend>()
  #rotation: readonly Backend[] = []
  /** This front door's part of what the service keeps to. */
  #share: EdgeLimits
  #drainTimeoutMs = Number.POSITIVE_INFINITY

  constructor(options: BackendSetOptions) {
    this.#options = options
    this.#share = options.limits
    this.#line = new WaitingLine(options.limits.maxHeld)
    this.#patience = new QueuePatience(options.limits.queueTimeoutMs)
  }

  get waiting(): number {
    return this.#line.length
  }

  /** At least one backend has proved itself. */
  get ready(): boolean {
    return this.#rotation.length > 0
  }

  get all(): Backend[] {
    return [...this.#backends.values(), ...this.#leaving]
  }

  apply(map: ServiceMap, share: EdgeLimits): void {
    this.#share = share
    this.#drainTimeoutMs = map.settings.drainTimeoutMs
    for (const backend of this.all) backend.rebound(share)
    const entries = new Map(map.backends.map(entry => [entry.id, entry]))
    for (const [id, backend] of this.#backends) {
      const entry = entries.get(id)
      if (entry === undefined || !sameAddress(entry, backend.entry)) this.#remove(backend)
    }
    for (const entry of entries.values()) {
      const known = this.#backends.get(entry.id)
      if (known !== undefined) known.follow(entry)
      else this.#backends.set(entry.id, this.#create(entry))
    }
    this.#changed()
  }

  /** Grants a connection now or later; false when too many wait already. */
  acquire(waiter: Waiter): boolean {
    if (this.#line.length === 0 && this.#grant(waiter)) return true
    if (!this.#line.join(waiter)) return this.#grant(waiter)
    // Those ahead may wait for others than it does.
    if (this.#rotation.some(hasRoom)) this.#serveLine()
    return true
  }

  /** A waiter wants nothing any more. */
  leave(waiter: Waiter): void {
    this.#line.leave(waiter)
  }

  sweep(nowMs: number): void {
    for (const backend of this.#leaving) backend.sweep(nowMs, this.#drainTimeoutMs)
    for (const backend of this.#backends.values()) {
      backend.sweep(nowMs, this.#drainTimeoutMs)
      if (backend.health.reach === "silent" && this.#isReplaced(backend)) backend.abandon()
    }
    this.#serveLine()
    this.#dismiss(nowMs)
  }

  /** Who has waited too long: much longer is right where no backend is than where all are busy. */
  #dismiss(nowMs: number): void {
    if (this.#line.length === 0 || !this.ready) this.#patience.emptied()
    const { holdTimeoutMs } = this.#options.limits
    for (const waiter of this.#line) {
      const overload = this.ready && this.#patience.isSpent(waiter.waitUntilMs - holdTimeoutMs, nowMs)
      if (waiter.waitUntilMs > nowMs && !overload) continue
      this.#line.leave(waiter)
      waiter.waitedInVain(overload ? "overload" : "no-backend")
    }
  }

  close(): void {
    for (const backend of this.all) backend.follow(undefined)
  }

  #create(entry: BackendEntry): Backend {
    const backend: Backend = new Backend(entry, this.#share, this.#options.clock, {
      healthChanged: () => this.#changed(),
      connectionFreed: () => this.#freed(backend),
      roomMade: () => {
        if (this.#line.length > 0) this.#serveLine()
      },
    })
    return backend
  }

  #remove(backend: Backend): void {
    this.#backends.delete(backend.id)
    backend.follow(undefined)
    if (backend.outstanding > 0) this.#leaving.add(backend)
  }

  #freed(backend: Backend): void {
    if (this.#leaving.size > 0 && backend.outstanding === 0) this.#leaving.delete(backend)
    if (this.#line.length > 0) this.#serveLine()
  }

  #changed(): void {
    const nowMs = this.#options.clock.monotonicMs()
    const active = [...this.#backends.values()].filter(
      backend => backend.entry.state === "active" && backend.weight > 0,
    )
    const before = this.#rotation
    this.#rotation = inRotation(active, nowMs)
    if (!sameMembers(before, this.#rotation)) {
      this.#options.log.info({ rotation: this.#rotation.map(backend => backend.id) }, "backends in rotation")
    }
    this.#serveLine()
    this.#options.onChange()
  }

  /** Others are in rotation, and it is not. */
  #isReplaced(backend: Backend): boolean {
    return this.#rotation.length > 0 && !this.#rotation.includes(backend)
  }

  #serveLine(): void {
    for (const waiter of this.#line) {
      if (!this.#rotation.some(hasRoom)) return
      const backend = this.#choose(waiter)
      if (backend === undefined) continue
      this.#line.leave(waiter)
      waiter.granted(backend, backend.acquire())
    }
    if (this.#line.length === 0) this.#patience.emptied()
  }

  #choose(waiter: Waiter): Backend | undefined {
    const pool = this.#poolFor(waiter)
    return chooseBackend(free(pool, waiter), this.#options.random, waiter.tried)
  }

  #poolFor({ track, tried }: Waiter): readonly Backend[] {
    if (track === undefined) return this.#rotation
    const { canary } = this.#options
    return onTrack(this.#rotation, track, ({ entry }) => canary.trackOf(entry), tried)
  }

  #grant(waiter: Waiter): boolean {
    const backend = this.#choose(waiter)
    if (backend === undefined) return false
    waiter.granted(backend, backend.acquire())
    return true
  }
}

const hasRoom = (backend: Backend) => backend.hasRoom
const isFree = (backend: Backend, waiter: Waiter) => backend.hasRoom && waiter.fits(backend)

/** Mostly all are: the list is the same one then. */
function free(pool: readonly Backend[], waiter: Waiter): readonly Backend[] {
  for (const backend of pool) if (!isFree(backend, waiter)) return onlyFree(pool, waiter)
  return pool
}

/** Apart, as a function that makes another one pays for it even where it is not called. */
function onlyFree(pool: readonly Backend[], waiter: Waiter): Backend[] {
  return pool.filter(backend => isFree(backend, waiter))
}

function sameMembers(a: readonly Backend[], b: readonly Backend[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at])
}

function sameAddress(a: BackendEntry, b: BackendEntry): boolean {
  return JSON.stringify(a.address) === JSON.stringify(b.address)
}
