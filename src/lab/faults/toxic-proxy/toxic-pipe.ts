import type { Socket } from "node:net"
import type { Clock } from "../../../kit/clock.ts"
import type { Random } from "../../../kit/random.ts"
import { type Effect, slice } from "./toxic.ts"

export type ToxicPipeOptions = {
  /** Asked each time: toxics come and go while bytes are under way. */
  readonly effect: () => Effect
  readonly random: Random
  readonly clock: Clock
}

/** On its way, in order: bytes, or how the sender ended. */
type Parcel = { readonly dueMs: number } & ({ readonly bytes: Buffer } | { readonly end: "fin" | "reset" })

/** How much one way holds before it stops reading, so that the sender feels a slow receiver. */
const mostHeldBytes = 64 * 1024
/** The same while it is cut or delayed: what the buffers of two kernels and the line between would take. */
const mostHeldWhenSickBytes = 1024 * 1024

/** One way of a connection through a toxic proxy. */
export class ToxicPipe {
  readonly #options: ToxicPipeOptions
  readonly #parcels: Parcel[] = []
  #heldBytes = 0
  #from: Socket | undefined
  #to: Socket | undefined
  #isFull = false
  #lastDueMs = 0
  #notBeforeMs = 0
  #cancelTimer: (() => void) | undefined

  constructor(options: ToxicPipeOptions) {
    this.#options = options
  }

  readFrom(socket: Socket): void {
    this.#from = socket
    socket.on("data", bytes => this.#take({ bytes }))
    socket.on("end", () => this.#take({ end: "fin" }))
    socket.on("error", () => this.#take({ end: "reset" }))
  }

  writeTo(socket: Socket): void {
    this.#to = socket
    const goOn = () => {
      this.#isFull = false
      this.pump()
    }
    socket.on("drain", goOn)
    socket.on("close", goOn)
    this.pump()
  }

  close(): void {
    this.#cancelTimer?.()
    this.#parcels.length = 0
  }

  /** Passes on what is due. Called whenever something may have changed. */
  pump(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const to = this.#to
    while (to !== undefined && !this.#isFull) {
      const parcel = this.#parcels[0]
      const effect = this.#options.effect()
      if (parcel === undefined || effect.isCut || ("end" in parcel && effect.hidesEnds)) break
      const waitMs = Math.max(parcel.dueMs, this.#notBeforeMs) - this.#nowMs()
      if (waitMs > 0) {
        this.#cancelTimer = this.#options.clock.after(waitMs, () => this.pump())
        break
      }
      if ("end" in parcel) this.#passEnd(parcel.end, to)
      else this.#passBytes(parcel.bytes, to, effect)
    }
    if (this.#heldBytes < this.#mostHeldBytes() / 2) this.#from?.resume()
  }

  #take(what: { readonly bytes: Buffer } | { readonly end: "fin" | "reset" }): void {
    const { delayMs, jitterMs } = this.#options.effect()
    const extraMs = jitterMs === 0 ? 0 : jitterMs * this.#options.random()
    this.#lastDueMs = Math.max(this.#lastDueMs, this.#nowMs() + delayMs + extraMs)
    this.#parcels.push({ ...what, dueMs: this.#lastDueMs })
    if ("bytes" in what) this.#heldBytes += what.bytes.length
    if (this.#heldBytes >= this.#mostHeldBytes()) this.#from?.pause()
    this.pump()
  }

  #passBytes(bytes: Buffer, to: Socket, effect: Effect): void {
    const part = slice(bytes.length, effect)
    const parcel = this.#parcels[0]!
    if (part.bytes === bytes.length) this.#parcels.shift()
    else this.#parcels[0] = { dueMs: parcel.dueMs, bytes: bytes.subarray(part.bytes) }
    this.#heldBytes -= part.bytes
    this.#notBeforeMs = this.#nowMs() + part.thenMs
    // What is sent to somebody who has gone is lost; that he has, the other way tells, or hides.
    if (to.destroyed || to.writableEnded) return
    this.#isFull = !to.write(bytes.subarray(0, part.bytes))
  }

  #passEnd(end: "fin" | "reset", to: Socket): void {
    this.#parcels.shift()
    if (end === "fin") to.end()
    else resetSocket(to)
  }

  #mostHeldBytes(): number {
    const { isCut, delayMs, jitterMs } = this.#options.effect()
    return isCut || delayMs + jitterMs > 0 ? mostHeldWhenSickBytes : mostHeldBytes
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }
}

/**
 * RST on TCP. A Unix socket knows none: it is closed, and the peer sees ECONNRESET when it had sent what was not read,
 * else the end of the stream, and EPIPE when it writes.
 */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.remoteFamily === undefined) socket.destroy()
  else socket.resetAndDestroy()
}
