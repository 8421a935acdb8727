import { messageOf } from "../../../kit/errors.ts"
import { backoffMs } from "../../../kit/random.ts"
import { errorWords } from "../../../telemetry/spans/error-words.ts"
import { activeSpan, type RecordedSpan, type SpanDetails } from "../../../telemetry/spans/recorded-span.ts"
import { dataError } from "../data-errors.ts"
import { destroyConnection } from "./connection.ts"
import { Gate } from "./gate.ts"
import type { PoolOptions } from "./pool-options.ts"
import { tellTrouble } from "./pool-trouble.ts"
import { type Connection, PooledClient } from "./pooled-client.ts"

/** Between two tries to reach a primary that does not answer. */
const retry = { baseMs: 20, capMs: 200 }
const busyReason = "every connection is in use"
const pausedReason = "another server is becoming the primary"
/** How long `end` waits for work that holds a connection before it takes it away. */
const endGraceMs = 5000

/**
 * Everything about one address of the primary. A new address gets a new one; what still happens to the old one's
 * connections finds that it is no longer the pool's and changes nothing.
 */
type Target = {
  readonly idle: Connection[]
  readonly all: Set<Connection>
  opening: number
  /** Tries since something good was heard; 0 while all is well. */
  failures: number
  cancelRetry: (() => void) | undefined
}

/**
 * A pool of connections to one server, mostly the primary, in the shape others know (`connect`, `end`). While the primary does
 * not answer, work waits at the gate and one connection at a time is tried; a new address in the map, or an answer, lets
 * it go on. Work that was already sent is never repeated here: whoever sent it learns what is known (BN2203).
 */
export class PostgresPool {
  readonly #options: PoolOptions
  readonly #name: string
  readonly #waits: boolean
  readonly #gate: Gate<PooledClient>
  #target = newTarget()
  #size: number
  #paused = false
  #lent = 0
  #ending: Promise<void> | undefined
  #onEmpty: (() => void) | undefined

  constructor(options: PoolOptions) {
    this.#options = options
    this.#size = options.size
    this.#name = options.serverName ?? "the primary"
    this.#waits = options.waitsForReturn ?? true
    this.#gate = new Gate(options.gate, options.clock)
  }

  /** A connection of one's own until `release`. Rejects with BN2201, BN2202 (503: not now) or BN2204. */
  connect(): Promise<PooledClient> {
    const client = this.take()
    if (client !== undefined) return Promise.resolve(client)
    if (this.#ending !== undefined) return Promise.reject(dataError("BN2204"))
    if (this.#options.server.address === undefined) this.#gate.reason = `where ${this.#name} is, is not known`
    const admitted = this.#gate.enter()
    this.#fill(this.#target)
    const span = activeSpan()?.child("gate", this.#whatWaits())
    return span === undefined ? admitted : noted(admitted, span)
  }

  #whatWaits(): SpanDetails {
    const { failures, opening } = this.#target
    const isOpening = failures === 0 && opening > 0 && !this.#paused
    const server = this.#options.server.name ?? this.#name
    return { reason: isOpening ? "a connection is being opened" : this.#gate.reason, server }
  }

  /** The same for whoever would rather not wait for a promise: undefined when none is idle. */
  take(): PooledClient | undefined {
    const connection = this.#paused || this.#ending !== undefined ? undefined : this.#target.idle.pop()
    return connection && this.#lend(this.#target, connection)
  }

  /** The primary is somewhere else: every connection to the old place ends, at work or not. */
  moved(): void {
    const old = this.#target
    this.#target = newTarget()
    old.cancelRetry?.()
    for (const connection of old.all) {
      connection.lost ??= new Error(`${this.#name} is another server now`)
      destroyConnection(connection.client)
    }
    // A server that hangs lets nobody in either: who waited to be let in is not to wait for that as well.
    if (!this.#waits) this.#gate.refuseAll(new Error(`${this.#name} is another server now`))
    this.#fill(this.#target)
  }

  /** News of the primary: if it is away, look again now and not after the back-off. */
  lookAgain(): void {
    this.#target.cancelRetry?.()
    this.#target.cancelRetry = undefined
    this.#fill(this.#target)
  }

  /** New work waits; what has a connection goes on, and gives it back. */
  pause(): void {
    this.#paused = true
    this.#gate.reason = pausedReason
  }

  /** The end of a pause, should there be one: whoever waits goes on. */
  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#gate.reason = busyReason
    const target = this.#target
    while (target.idle.length > 0 && this.#gate.waiting > 0)
      this.#gate.admit(this.#lend(target, target.idle.pop() as Connection))
    this.#fill(target)
  }

  /** Why new work may not begin, in a pause. */
  get heldBack(): string | undefined {
    return this.#paused ? pausedReason : undefined
  }

  /** Another share of the server's connections. Those above it end: idle ones at once, the others when they come back. */
  resize(size: number): void {
    this.#size = size
    const target = this.#target
    while (target.all.size > size && target.idle.length > 0)
      this.#close(target, target.idle[0] as Connection, true)
    this.#fill(target)
  }

  /** Connections that somebody works with at this moment. */
  get outstanding(): number {
    return this.#lent
  }

  get healthy(): boolean {
    return this.#target.failures === 0
  }

  report(): { readonly connections: number; readonly waiting: number; readonly healthy: boolean } {
    return { connections: this.#target.all.size, waiting: this.#gate.waiting, healthy: this.healthy }
  }

  /** No new work; work at hand has some seconds to give its connections back. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  /** Opens what is wanted and allowed: as many as wait while all is well, a single one to look while it is not. */
  #fill(target: Target): void {
    if (target !== this.#target || this.#ending !== undefined || target.cancelRetry !== undefined) return
    if (this.#options.server.address === undefined || this.#paused) return
    const room = this.#size - target.all.size - target.opening
    const wanted = target.failures > 0 ? 1 : this.#gate.waiting
    for (let count = Math.min(wanted - target.opening, room); count > 0; count--) void this.#open(target)
  }

  async #open(target: Target): Promise<void> {
    target.opening++
    try {
      const client = await this.#options.server.open()
      const connection: Connection = { client, server: this.#options.server.name }
      target.opening--
      this.#adopt(target, connection)
    } catch (error) {
      target.opening--
      this.#trouble(target, error)
    }
  }

  #adopt(target: Target, connection: Connection): void {
    const { client } = connection
    if (target !== this.#target || this.#ending !== undefined) {
      destroyConnection(client)
      return
    }
    target.all.add(connection)
    client.on("error", error => this.#lose(target, connection, error))
    client.on("end", () => this.#lose(target, connection, new Error("the server closed the connection")))
    const { failures } = target
    target.failures = 0
    if (failures > 0) {
      this.#options.log.info({ failures }, `${this.#name} answers again`)
      this.#options.onRecovery?.()
    }
    if (!this.#paused) this.#gate.reason = busyReason
    this.#offer(target, connection)
    this.#fill(target)
  }

  #offer(target: Target, connection: Connection): void {
    if (target.all.size > this.#size) this.#close(target, connection, true)
    else if (this.#gate.waiting > 0 && !this.#paused) this.#gate.admit(this.#lend(target, connection))
    else target.idle.push(connection)
  }

  #lend(target: Target, connection: Connection): PooledClient {
    this.#lent++
    return new PooledClient(connection, (connection, reusable) => {
      this.#lent--
      this.#giveBack(target, connection, reusable)
      if (this.#lent === 0 && this.#paused) this.#options.onQuiet?.()
    })
  }

  #giveBack(target: Target, connection: Connection, reusable: boolean): void {
    const current = target === this.#target && target.failures === 0 && this.#ending === undefined
    if (connection.lost !== undefined) this.#lose(target, connection, connection.lost)
    else if (reusable && current) this.#offer(target, connection)
    else this.#close(target, connection, reusable)
  }

  #close(target: Target, connection: Connection, politely: boolean): void {
    this.#drop(target, connection)
    connection.lost = new Error("it was closed when it was given back")
    if (politely) void connection.client.end()
    else destroyConnection(connection.client)
    this.#fill(target)
  }

  /** A connection broke by itself: then the idle ones are likely broken too, and nobody should find out with work. */
  #lose(target: Target, connection: Connection, reason: unknown): void {
    connection.lost ??= reason
    if (!this.#drop(target, connection)) return
    destroyConnection(connection.client)
    for (const idle of target.idle.splice(0)) {
      this.#drop(target, idle)
      destroyConnection(idle.client)
    }
    this.#trouble(target, reason)
  }

  #drop(target: Target, connection: Connection): boolean {
    const known = target.all.delete(connection)
    const place = target.idle.indexOf(connection)
    if (place >= 0) target.idle.splice(place, 1)
    if (target.all.size === 0) this.#onEmpty?.()
    return known
  }

  #trouble(target: Target, error: unknown): void {
    if (target !== this.#target || this.#ending !== undefined) return
    const isExpected = this.#paused || this.#options.isLeaving?.() === true
    if (target.failures === 0)
      tellTrouble(this.#options.log, this.#name, { waits: this.#waits, isExpected }, error)
    if (!this.#paused) this.#gate.reason = messageOf(error)
    if (!this.#waits) this.#gate.refuseAll(error)
    const waitMs =
      target.failures === 0 ? 0 : backoffMs(this.#options.random, target.failures, retry.baseMs, retry.capMs)
    target.failures++
    target.cancelRetry?.()
    target.cancelRetry = this.#options.clock.after(waitMs, () => {
      target.cancelRetry = undefined
      this.#fill(target)
    })
    this.#options.onTrouble?.()
  }

  async #end(): Promise<void> {
    const target = this.#target
    target.cancelRetry?.()
    this.#gate.refuseAll(dataError("BN2204"))
    for (const connection of target.idle.splice(0)) {
      this.#drop(target, connection)
      void connection.client.end()
    }
    if (target.all.size === 0) return
    await new Promise<void>(resolve => {
      this.#onEmpty = resolve
      this.#options.clock.after(endGraceMs, resolve)
    })
    for (const connection of target.all) destroyConnection(connection.client)
  }
}

function newTarget(): Target {
  return { idle: [], all: new Set(), opening: 0, failures: 0, cancelRetry: undefined }
}

/** The wait, as a step of the request that waits. */
async function noted(admitted: Promise<PooledClient>, span: RecordedSpan): Promise<PooledClient> {
  try {
    return await admitted
  } catch (error) {
    span.fail(errorWords(error))
    throw error
  } finally {
    span.end()
  }
}
