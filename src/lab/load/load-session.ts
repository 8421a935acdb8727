import http2, { type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders } from "node:http2"
import { connect, type Socket } from "node:net"
import tls from "node:tls"
import type { LoadTarget } from "./load.ts"
import { authorityOf, type IdleEnd } from "./load-connection.ts"

export type LoadSessionEvents = {
  /** The server takes no more requests on it (GOAWAY). */
  readonly leaveAnnounced: () => void
  /** It ended without a word while no request was on it. */
  readonly idleEnd: (how: IdleEnd) => void
  /** Its socket is closed. */
  readonly gone: (session: LoadSession) => void
}

/** Why a stream ended before its whole answer. */
type Loss = { readonly kind: "refused" | "reset" | "unprocessed"; readonly detail: string }

const refusedStream = http2.constants.NGHTTP2_REFUSED_STREAM

/** One HTTP/2 connection by others (nghttp2), with prior knowledge or over TLS: many requests on it at a time. */
export class LoadSession {
  /** When it was begun, on the clock of performance.now(). */
  readonly begunMs = performance.now()
  readonly #session: ClientHttp2Session
  readonly #socket: Socket
  #connected = false
  /** Why its socket has ended; undefined while it has not. */
  #ended: string | undefined
  /** What the server says it will look at; undefined before it leaves. */
  #lastId: number | undefined
  #sent = 0
  #underWay = 0

  constructor(target: LoadTarget, protocol: "h2" | "h2c", events: LoadSessionEvents) {
    const { host, port } = target
    // No name is checked: it is one's own service that is asked, by its address.
    const socket =
      protocol === "h2"
        ? tls.connect({ host, port, ALPNProtocols: ["h2"], rejectUnauthorized: false })
        : connect({ host, port, noDelay: true })
    this.#socket = socket
    socket.once(protocol === "h2" ? "secureConnect" : "connect", () => {
      this.#connected = true
    })
    // Heard here first: a session tells its streams of a lost connection by a code that a reset could have as well.
    socket.on("error", (error: NodeJS.ErrnoException) => this.#lost(error.code ?? error.message, events))
    socket.once("end", () => this.#lost("ended before the answer", events))
    socket.once("close", () => {
      this.#lost("closed", events)
      events.gone(this)
    })
    const scheme = protocol === "h2" ? "https" : "http"
    this.#session = http2.connect(`${scheme}://${authorityOf(target)}`, { createConnection: () => socket })
    this.#session.on("error", () => {})
    this.#session.on("goaway", (_, lastId) => {
      if (this.#lastId === undefined) events.leaveAnnounced()
      this.#lastId = lastId
    })
  }

  /** May carry another request. */
  get usable(): boolean {
    return this.#ended === undefined && !this.#session.closed && !this.#session.destroyed
  }

  /** Which request on it the next one is, from 1. */
  next(): number {
    return ++this.#sent
  }

  /** Resolves when the connection has come about, or when it will not. */
  begun(): Promise<void> {
    return new Promise(resolve => {
      this.#session.once("connect", () => resolve())
      this.#socket.once("close", () => resolve())
    })
  }

  request(headers: OutgoingHttpHeaders, endStream: boolean): ClientHttp2Stream {
    this.#underWay++
    const stream = this.#session.request(headers, { endStream })
    stream.once("close", () => this.#underWay--)
    return stream
  }

  /** `id`: of the stream, undefined where it never had one. */
  whyLost(id: number | undefined, code: number): Loss {
    if (!this.#connected) return { kind: "refused", detail: this.#ended ?? "no connection" }
    if (code === refusedStream || (this.#lastId !== undefined && (id === undefined || id > this.#lastId)))
      return { kind: "unprocessed", detail: `stream ${id}, GOAWAY ${this.#lastId}` }
    return { kind: "reset", detail: this.#ended ?? `RST_STREAM ${code}` }
  }

  /** Once what is under way is answered. */
  close(): void {
    this.#session.close()
  }

  destroy(): void {
    this.#ended ??= "destroyed"
    this.#session.destroy()
    this.#socket.destroy()
  }

  #lost(why: string, events: LoadSessionEvents): void {
    if (this.#ended !== undefined) return
    this.#ended = why
    const isTold = this.#lastId !== undefined || this.#session?.closed
    if (isTold || this.#underWay > 0) return
    if (!this.#connected) events.idleEnd("refused")
    else events.idleEnd(why === "ECONNRESET" || why === "EPIPE" ? "reset" : "closed")
  }
}
