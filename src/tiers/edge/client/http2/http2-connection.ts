import type { Socket } from "node:net"
import { defaultLimits, type HttpParseError, type RequestHead } from "../../../../http1/index.ts"
import {
  type OutStream,
  ServerSession,
  type SessionOwner,
  type StreamHandler,
} from "../../../../http2/index.ts"
import { endInTurn } from "../../../../kit/node/shared-write.ts"
import type { EdgeContext } from "../../edge-context.ts"
import type { ClientOrigin } from "../client-origin.ts"
import { type ConnectionOwner, type FrontConnection, lingerMs } from "../connection.ts"
import type { BytesReader } from "./preface-reader.ts"
import { StreamClient } from "./stream-client.ts"
import type { Unread } from "./unread-answers.ts"

/** As much is given to a socket at once: what comes behind it in urgency waits no longer than that. */
const writeBytes = 64 * 1024

/** A client that does not say that it has heard the door is draining gets this long. */
const drainNoticeMs = 1_000

/** The socket of a client, already read by somebody who passes on what comes. */
export type ClientSocket = {
  readonly socket: Socket
  /** False: wait until it drains. */
  readonly write: (bytes: Uint8Array) => boolean
}

/**
 * One HTTP/2 connection of a client: carries bytes between its socket and its session, and keeps its deadlines. Every
 * stream is an exchange, like every request of HTTP/1.
 *
 * open -> closing (all is said; the client may read it and end) -> closed
 */
export class Http2Connection implements FrontConnection, SessionOwner, BytesReader {
  readonly origin: ClientOrigin
  readonly #client: ClientSocket
  readonly #context: EdgeContext
  readonly #owner: ConnectionOwner
  readonly #session: ServerSession
  readonly #streams = new Set<StreamClient>()
  readonly unread: Unread
  #state: "open" | "closing" | "closed" = "open"
  #flushing: NodeJS.Immediate | undefined
  /** Told to be over by then: nothing under way, nothing read, or nothing heard. */
  #deadlineMs: number
  #noticeMs = Number.POSITIVE_INFINITY
  /** Since when the client takes nothing of what is written; what it says meanwhile gives it no more time. */
  #stuckSinceMs: number | undefined

  constructor(client: ClientSocket, context: EdgeContext, owner: ConnectionOwner, origin: ClientOrigin) {
    const { maxBodyBytes, maxStreamsPerConnection, headTimeoutMs } = context.limits
    this.#client = client
    this.#context = context
    this.#owner = owner
    this.origin = origin
    this.unread = context.unread.of(origin.address)
    this.#session = new ServerSession(this, {
      maxStreams: maxStreamsPerConnection,
      message: { ...defaultLimits, maxBodyBytes },
    })
    this.#deadlineMs = context.coarseNowMs() + headTimeoutMs
    client.socket.on("drain", () => this.#drained())
    client.socket.once("end", () => this.#ended())
    client.socket.once("close", () => this.#closed())
    if (owner.draining) this.drain()
  }

  get idle(): boolean {
    return this.#state === "open" && this.#session.table.size === 0
  }

  read(bytes: Buffer): void {
    if (this.#state !== "open") return
    this.#session.push(bytes)
    this.#flush()
  }

  drain(): void {
    this.#noticeMs = this.#context.coarseNowMs() + drainNoticeMs
    this.#session.drain()
  }

  close(): void {
    this.#session.finish()
    this.#flush()
  }

  endStream(): void {
    for (const stream of this.#streams) stream.endStream()
  }

  destroy(reason: string): void {
    for (const stream of this.#streams) stream.gone(reason)
    this.#client.socket.destroy()
  }

  sweep(nowMs: number): void {
    this.#session.refill(nowMs)
    for (const stream of this.#streams) stream.sweep(nowMs)
    if (nowMs >= this.#noticeMs) this.#session.finish()
    if (nowMs < this.#deadlineMs) return
    if (this.#state === "closing" || this.#stuckSinceMs !== undefined)
      this.destroy("the client stopped reading")
    else this.close()
  }

  // --- told by the session ---

  request(stream: OutStream, head: RequestHead): StreamHandler {
    const client = this.#clientOf(stream)
    client.begin(head)
    return client
  }

  refused(stream: OutStream, error: HttpParseError): StreamHandler {
    const client = this.#clientOf(stream)
    client.refuse(error)
    return client
  }

  broken(code: string): void {
    this.#context.counters.refused(code)
  }

  /** Answers that come in one turn leave in one write. */
  pending(): void {
    this.#flushing ??= setImmediate(() => this.#flush())
  }

  #clientOf(stream: OutStream): StreamClient {
    const client = new StreamClient(stream, this.#context, this, left => {
      this.#streams.delete(left)
      this.#arm()
    })
    this.#streams.add(client)
    this.#arm()
    return client
  }

  // --- the socket ---

  #flush(): void {
    clearImmediate(this.#flushing)
    this.#flushing = undefined
    const { socket, write } = this.#client
    while (this.#state === "open" && !socket.writableNeedDrain) {
      const bytes = this.#session.take(writeBytes)
      if (bytes !== undefined) write(bytes)
      else if (!this.#session.over) break
      else this.#end()
    }
    if (!socket.writableNeedDrain) return
    this.#stuckSinceMs ??= this.#context.coarseNowMs()
    this.#arm()
  }

  #end(): void {
    this.#state = "closing"
    endInTurn(this.#client.socket)
    this.#arm()
  }

  #drained(): void {
    this.#stuckSinceMs = undefined
    this.#arm()
    this.#flush()
  }

  /** It can say nothing more, so what it has asked for is answered as far as its windows reach. */
  #ended(): void {
    this.close()
  }

  #closed(): void {
    if (this.#state === "closed") return
    this.#state = "closed"
    clearImmediate(this.#flushing)
    for (const stream of this.#streams) stream.gone("the client went away")
    this.#session.abandon()
    this.#owner.gone(this)
  }

  #arm(): void {
    const nowMs = this.#context.coarseNowMs()
    this.#deadlineMs = (this.#stuckSinceMs ?? nowMs) + this.#allowanceMs
  }

  get #allowanceMs(): number {
    const { bodyIdleTimeoutMs, clientIdleTimeoutMs } = this.#context.limits
    if (this.#state === "closing") return this.#client.socket.writableFinished ? lingerMs : bodyIdleTimeoutMs
    if (this.#stuckSinceMs !== undefined) return bodyIdleTimeoutMs
    return this.#streams.size > 0 ? Number.POSITIVE_INFINITY : clientIdleTimeoutMs
  }
}
