import type { Fields } from "../http1/index.ts"
import { type ErrorName, maxWindow, type OutStream, type StreamHandler } from "./http2.ts"
import { streamError } from "./http2-errors.ts"
import { ReceiveWindow } from "./receive-window.ts"

/** More than this waits only because the client takes it slowly: then its writer is told to wait. */
const highWaterBytes = 64 * 1024

/** What a client may send of one body before it is read. */
export const streamWindowBytes = 128 * 1024

/** What a stream asks of its session. */
export interface StreamSession {
  sendHead(stream: ServerStream, fields: Fields): void
  /** There is something of it to send. */
  ready(stream: ServerStream): void
  resetStream(stream: ServerStream, error: ErrorName): void
  /** So many bytes of it have been read. */
  consumed(stream: ServerStream, bytes: number): void
}

/**
 * One request and its answer. It lives in its session from its HEADERS until both sides have ended it, or one has
 * reset it. Only its answer waits here; of its body nothing does.
 */
export class ServerStream implements OutStream {
  readonly id: number
  readonly #session: StreamSession
  /** Set by the session right after its birth. */
  handler!: StreamHandler
  readonly received = new ReceiveWindow(streamWindowBytes)
  /** The client has sent all of it. */
  remoteEnded = false
  /** Its rest is refused, and means nothing. */
  malformed = false
  bodyBytes = 0
  /** By Content-Length, or by being none. */
  announcedBytes: number | undefined
  /** What may be sent before the client widens the window; below zero when it has narrowed it since. */
  sendWindow: number
  /** The end is written, and leaves behind what waits. */
  ending = false
  trailers: Fields | undefined
  gone = false
  #waiting: Buffer[] = []
  waitingBytes = 0
  #full = false
  #paused = false
  /** Read, and not given back to the client: it is to wait. */
  #held = 0

  constructor(session: StreamSession, id: number, sendWindow: number) {
    this.#session = session
    this.id = id
    this.sendWindow = sendWindow
  }

  // --- asked by who answers ---

  head(fields: Fields, ended: boolean): void {
    if (this.gone || this.ending) return
    if (ended) {
      this.ending = true
      this.trailers = fields
      this.#session.ready(this)
    } else this.#session.sendHead(this, fields)
  }

  write(bytes: Uint8Array): boolean {
    if (this.gone || this.ending) return true
    if (bytes.length > 0) {
      this.#waiting.push(Buffer.from(bytes))
      this.waitingBytes += bytes.length
      this.#session.ready(this)
    }
    this.#full = this.waitingBytes >= highWaterBytes
    return !this.#full
  }

  end(trailers: Fields = []): void {
    if (this.gone || this.ending) return
    this.ending = true
    if (trailers.length > 0) this.trailers = trailers
    this.#session.ready(this)
  }

  reset(error: ErrorName): void {
    if (!this.gone) this.#session.resetStream(this, error)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    const held = this.#held
    this.#held = 0
    if (held > 0) this.#session.consumed(this, held)
  }

  // --- asked by the session ---

  /** The client takes so much more of the answer. Throws Http2Error. */
  widen(bytes: number): void {
    if (bytes === 0) throw streamError("window-step")
    this.sendWindow += bytes
    if (this.sendWindow > maxWindow) throw streamError("window-overflow")
    this.#session.ready(this)
  }

  /** So many bytes came, padding included. */
  took(bytes: number): void {
    if (this.#paused) this.#held += bytes
    else this.#session.consumed(this, bytes)
  }

  /** At most so many of the bytes that wait. */
  next(most: number): Buffer {
    const first = this.#waiting[0]!
    const bytes = first.length > most ? first.subarray(0, most) : first
    if (bytes.length === first.length) this.#waiting.shift()
    else this.#waiting[0] = first.subarray(most)
    this.waitingBytes -= bytes.length
    this.sendWindow -= bytes.length
    return bytes
  }

  /** Whether its writer waits, and need not any more. */
  hasDrained(): boolean {
    if (!this.#full || this.waitingBytes * 2 > highWaterBytes) return false
    this.#full = false
    return true
  }

  /** Returns what was read and never given back. */
  leave(): number {
    this.gone = true
    this.#waiting = []
    this.waitingBytes = 0
    const held = this.#held
    this.#held = 0
    return held
  }
}
