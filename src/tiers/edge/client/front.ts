import type { Socket } from "node:net"
import type { Clock } from "../../../kit/clock.ts"
import type { EdgeOptions } from "../edge.ts"
import type { EdgeContext } from "../edge-context.ts"
import { refusal } from "../edge-errors.ts"
import { Admission, type Place } from "./admission.ts"
import { Arrival, type ArrivalOwner, type Way } from "./arrival.ts"
import { plainAddress } from "./client-address.ts"
import { ClientConnection } from "./client-connection.ts"
import type { ConnectionOwner, FrontConnection } from "./connection.ts"
import { Listener } from "./listener.ts"
import { TlsDoor } from "./tls/tls-door.ts"
import { PlainTransport, type Transport } from "./transport.ts"
import { trustedSenders } from "./trusted-senders.ts"

export type FrontState = "closed" | "open" | "draining" | "drained"

/** Requests, and streams that are ended at the drain deadline, get this long to be ended well, at most. */
const maxGraceMs = 5_000

/** Before a load balancer has said for whom it comes: counted, and of no address. */
const nobody = "127.0.0.1"

const refusalCodes = { full: "BN2012", address: "BN2022" } as const

/**
 * The door: who may come in, who is in, and how it closes.
 *
 *     closed -> open -> draining -> drained
 *
 * `draining`: accepts no more; every connection's next answer says `Connection: close`; at the deadline idle ones are
 * closed and streams ended as their protocols end them, and a grace later the others are cut. `drained`: the last one
 * has gone. Both go back to `open` where the socket is this process's own.
 */
export class Front implements ConnectionOwner, ArrivalOwner {
  readonly #context: EdgeContext
  readonly #clock: Clock
  readonly #plain: Listener
  readonly #secure: Listener | undefined
  readonly tls: TlsDoor | undefined
  readonly #onChange: () => void
  readonly #connections = new Map<FrontConnection | Arrival, Place>()
  readonly admission: Admission
  #state: FrontState = "closed"
  #cancelDeadlines = () => {}
  /** The drain deadline has passed. */
  #overdue = false
  #whenDrained: Array<() => void> = []

  constructor(options: EdgeOptions, context: EdgeContext, onChange: () => void) {
    const { id, listen, tls, proxyProtocol, clock, log } = options
    this.#context = context
    this.#clock = clock
    this.#onChange = onChange
    this.admission = new Admission(context.limits)
    const protocols = context.limits.maxStreamsPerConnection > 0 ? ["h2", "http/1.1"] : ["http/1.1"]
    this.tls = tls && new TlsDoor(tls, protocols, clock, log, onChange)
    const isProxied = trustedSenders(proxyProtocol)
    this.#plain = new Listener(id, listen, socket => {
      if (isProxied.plain(socket)) this.#accept(socket, { tls: undefined, proxied: true })
      else this.#acceptPlain(socket)
    })
    this.#secure =
      tls &&
      new Listener(id, tls.listen, socket =>
        this.#accept(socket, { tls: this.tls, proxied: isProxied.tls(socket) }),
      )
  }

  get state(): FrontState {
    return this.#state
  }

  get connections(): number {
    return this.#connections.size
  }

  get draining(): boolean {
    return this.#state === "draining"
  }

  address(): { host: string; port: number } | undefined {
    return this.#plain.address()
  }

  tlsAddress(): { host: string; port: number } | undefined {
    return this.#secure?.address()
  }

  async open(): Promise<void> {
    await Promise.all([this.#plain.start(), this.#secure?.start()])
    this.#cancelDeadlines()
    this.#set("open")
  }

  /** Stops accepting; resolves when the last connection has gone. */
  drain(timeoutMs: number): Promise<void> {
    this.#plain.stop()
    this.#secure?.stop()
    const drained = new Promise<void>(resolve => this.#whenDrained.push(resolve))
    this.#cancelDeadlines()
    if (this.#state !== "drained") this.#set("draining")
    for (const connection of this.#connections.keys()) connection.drain()
    this.#checkDrained()
    if (this.#state === "draining") this.#armDeadlines(timeoutMs)
    return drained
  }

  sweep(nowMs: number): void {
    // Again and again: a request that was under way may have become a stream since.
    if (this.#overdue) this.#retireAll()
    for (const connection of this.#connections.keys()) connection.sweep(nowMs)
  }

  replaced(connection: FrontConnection, successor: FrontConnection): void {
    this.#passOn(connection, successor)
  }

  gone(connection: FrontConnection): void {
    this.#leaves(connection)
  }

  // --- told by arrivals ---

  known(arrival: Arrival, address: string): boolean {
    // The place it had as nobody's is its own: given back first, or it would stand in its own way.
    this.#release(arrival)
    const { place, refused } = this.admission.enter(address)
    this.#connections.set(arrival, place)
    if (refused !== undefined) this.#context.counters.refused(refusalCodes[refused])
    return refused === undefined
  }

  arrived(arrival: Arrival, transport: Transport): void {
    this.#enters(arrival, transport)
  }

  mistaken(arrival: Arrival, transport: Transport): void {
    this.#enters(arrival, transport).refuse(refusal("BN2024"))
  }

  lost(arrival: Arrival, { header }: { readonly header?: string }): void {
    if (header !== undefined) this.#context.counters.refusedHeader(header)
    this.#leaves(arrival)
  }

  // --- steps ---

  #acceptPlain(socket: Socket): void {
    if (this.admission.isCrowded) {
      socket.destroy()
      return
    }
    const connection = new ClientConnection(new PlainTransport(socket), this.#context, this)
    const { address } = connection.origin
    const { place, refused } = this.admission.enter(address)
    this.#connections.set(connection, place)
    if (refused !== undefined) connection.refuse(refusal(refusalCodes[refused], { address }))
  }

  /** Who is too many here is sent away without a word: it would cost the handshake that the limit saves. */
  #accept(socket: Socket, way: Way): void {
    const { place, refused } = this.admission.enter(way.proxied ? nobody : plainAddress(socket.remoteAddress))
    if (refused !== undefined) {
      this.admission.leave(place)
      this.#context.counters.refused(refusalCodes[refused])
      socket.destroy()
      return
    }
    const deadlineMs = this.#context.coarseNowMs() + this.#context.limits.headTimeoutMs
    const arrival = new Arrival(socket, way, this, deadlineMs)
    this.#connections.set(arrival, place)
    arrival.begin()
  }

  #enters(arrival: Arrival, transport: Transport): ClientConnection {
    const connection = new ClientConnection(transport, this.#context, this)
    this.#passOn(arrival, connection)
    return connection
  }

  #passOn(from: FrontConnection | Arrival, to: FrontConnection): void {
    const place = this.#connections.get(from)
    this.#connections.delete(from)
    if (place !== undefined) this.#connections.set(to, place)
  }

  #leaves(connection: FrontConnection | Arrival): void {
    this.#release(connection)
    this.#checkDrained()
  }

  #release(connection: FrontConnection | Arrival): void {
    const place = this.#connections.get(connection)
    if (place !== undefined) this.admission.leave(place)
    this.#connections.delete(connection)
  }

  #armDeadlines(timeoutMs: number): void {
    const cancelRetiring = this.#clock.after(timeoutMs, () => {
      this.#overdue = true
      this.#retireAll()
    })
    const cancelAll = this.#clock.after(timeoutMs + Math.min(timeoutMs, maxGraceMs), () => {
      for (const connection of this.#connections.keys())
        connection.destroy("the front door's drain deadline passed")
    })
    this.#cancelDeadlines = () => {
      cancelRetiring()
      cancelAll()
      this.#overdue = false
    }
  }

  #retireAll(): void {
    for (const connection of this.#connections.keys()) {
      if (connection.idle) connection.close()
      else connection.endStream()
    }
  }

  #checkDrained(): void {
    if (this.#state === "draining" && this.#connections.size === 0) {
      this.#cancelDeadlines()
      this.#set("drained")
    }
    if (this.#state === "drained") for (const resolve of this.#whenDrained.splice(0)) resolve()
  }

  #set(state: FrontState): void {
    if (this.#state === state) return
    this.#state = state
    this.#onChange()
  }
}
