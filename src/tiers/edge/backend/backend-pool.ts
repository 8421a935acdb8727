import type { Clock } from "../../../kit/clock.ts"
import type { Address } from "../../../wire/map.ts"
import { BackendConnection, type ConnectionOwner } from "./backend-connection.ts"

export type PoolOptions = {
  readonly address: Address
  readonly maxConnections: number
  readonly idleTimeoutMs: number
  readonly clock: Clock
  /** A connection has become free for the next request. */
  readonly onFree: () => void
  /** The backend closed a connection that nobody used: it may only be tidy, or it may be dying. */
  readonly onIdleClosed: () => void
  /** An answer said that it is the last one on its connection. */
  readonly onLastAnswer: () => void
}

/** The kept-alive connections to one backend; never more than `maxConnections` at work at once. */
export class BackendPool implements ConnectionOwner {
  readonly #options: PoolOptions
  maxConnections: number
  /** The one used last is last, and is taken first: so that the others grow old and go. */
  #idle: BackendConnection[] = []
  readonly #all = new Set<BackendConnection>()
  #inUse = 0
  acquired = 0
  #stalled = 0
  #heard = false
  #closed = false
  /** Of the last sweep: a little early for what comes after it, and early is the safe side of an idle time-out. */
  #sweptMs: number

  constructor(options: PoolOptions) {
    this.#options = options
    this.maxConnections = options.maxConnections
    this.#sweptMs = options.clock.monotonicMs()
  }

  get inUse(): number {
    return this.#inUse
  }

  /** Where a slow client holds up an answer, nothing is worked on: who reads slowly takes no room from others. */
  get hasRoom(): boolean {
    return this.#inUse - this.#stalled < this.maxConnections
  }

  /** Whether any byte came on any connection since it was asked last. */
  takeHeard(): boolean {
    const heard = this.#heard
    this.#heard = false
    return heard
  }

  /** Call only while there is room. */
  acquire(): BackendConnection {
    this.#inUse++
    this.acquired++
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (kept.usable) return kept
      kept.destroy()
    }
    const connection = new BackendConnection(this.#options.address, this, this.#options.clock)
    this.#all.add(connection)
    return connection
  }

  heard(): void {
    this.#heard = true
  }

  lastAnswer(): void {
    this.#options.onLastAnswer()
  }

  stalled(isStalled: boolean): void {
    this.#stalled += isStalled ? 1 : -1
    if (isStalled) this.#options.onFree()
  }

  released(connection: BackendConnection): void {
    this.#inUse--
    connection.idleSinceMs = this.#sweptMs
    if (this.#closed) connection.destroy()
    else this.#idle.push(connection)
    this.#options.onFree()
  }

  closed(connection: BackendConnection, idle: boolean): void {
    this.#all.delete(connection)
    if (!idle) {
      this.#inUse--
      this.#options.onFree()
      return
    }
    const at = this.#idle.indexOf(connection)
    if (at === -1) return
    this.#idle.splice(at, 1)
    this.#options.onIdleClosed()
  }

  /** Closes what has been idle for too long: before the backend itself does, so that no request meets that close. */
  sweep(nowMs: number): void {
    this.#sweptMs = nowMs
    const oldest = nowMs - this.#options.idleTimeoutMs
    const old = this.#idle.findIndex(connection => connection.idleSinceMs > oldest)
    for (const connection of this.#idle.splice(0, old === -1 ? this.#idle.length : old)) connection.destroy()
  }

  /** Keeps no connection any more; those in use finish what they do. */
  close(): void {
    this.#closed = true
    this.letGo()
  }

  /** Closes what is idle now. */
  letGo(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy()
  }

  /** The backend is out of rotation for its silence: requests under way may go elsewhere. */
  abandon(): void {
    for (const connection of [...this.#all]) connection.silent()
  }

  giveUp(): void {
    for (const connection of [...this.#all]) connection.giveUp()
  }

  reopen(): void {
    this.#closed = false
  }
}
