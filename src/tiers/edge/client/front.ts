import type { Socket } from "node:net"
import type { Clock } from "../../../kit/clock.ts"
import type { ListenOn } from "../edge.ts"
import type { EdgeContext } from "../edge-context.ts"
import { refusal } from "../edge-errors.ts"
import { Admission, type Place } from "./admission.ts"
import { ClientConnection } from "./client-connection.ts"
import type { ConnectionOwner, FrontConnection } from "./connection.ts"
import { Listener } from "./listener.ts"

export type FrontState = "closed" | "open" | "draining" | "drained"

/** Requests, and streams that are ended at the drain deadline, get this long to be ended well, at most. */
const maxGraceMs = 5_000

/**
 * The door: who may come in, who is in, and how it closes.
 *
 *     closed -> open -> draining -> drained
 *
 * `draining`: accepts no more; every connection's next answer says `Connection: close`; at the deadline idle ones are
 * closed and streams ended as their protocols end them, and a grace later the others are cut. `drained`: the last one has gone. Both go back to `open` where the socket is
 * this process's own.
 */
export class Front implements ConnectionOwner {
  readonly #context: EdgeContext
  readonly #clock: Clock
  readonly #listener: Listener
  readonly #onChange: () => void
  readonly #connections = new Map<FrontConnection, Place>()
  readonly admission: Admission
  #state: FrontState = "closed"
  #cancelDeadlines = () => {}
  /** The drain deadline has passed. */
  #overdue = false
  #whenDrained: Array<() => void> = []

  constructor(id: string, listen: ListenOn, context: EdgeContext, onChange: () => void) {
    this.#context = context
    this.#clock = context.clock
    this.#onChange = onChange
    this.admission = new Admission(context.limits)
    this.#listener = new Listener(id, listen, socket => this.#accept(socket))
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
    return this.#listener.address()
  }

  async open(): Promise<void> {
    await this.#listener.start()
    this.#cancelDeadlines()
    this.#set("open")
  }

  /** Stops accepting; resolves when the last connection has gone. */
  drain(timeoutMs: number): Promise<void> {
    this.#listener.stop()
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
    const place = this.#connections.get(connection)
    this.#connections.delete(connection)
    if (place !== undefined) this.#connections.set(successor, place)
  }

  gone(connection: FrontConnection): void {
    const place = this.#connections.get(connection)
    if (place !== undefined) this.admission.leave(place)
    this.#connections.delete(connection)
    this.#checkDrained()
  }

  #accept(socket: Socket): void {
    if (this.admission.isCrowded) {
      socket.destroy()
      return
    }
    const connection = new ClientConnection(socket, this.#context, this)
    const { address } = connection
    const { place, refused } = this.admission.enter(address)
    this.#connections.set(connection, place)
    if (refused === "full") connection.refuse(refusal("BN2012"))
    else if (refused === "address") connection.refuse(refusal("BN2022", { address }))
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
