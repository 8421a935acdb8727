import type { Socket } from "node:net"
import {
  createRequestParser,
  defaultLimits,
  HttpParseError,
  type MessageParser,
  type RequestHead,
} from "../../http1/index.ts"
import { readShared } from "../../kit/node/shared-read.ts"
import { Exchange, type Outcome } from "./exchange.ts"
import { Outlet } from "./outlet.ts"
import { RequestBody } from "./request-body.ts"
import type { Site } from "./site.ts"
import { webError } from "./web-errors.ts"

/** A front door adds fields of its own to those of its client, which it has held to the codec's defaults. */
const headLimits = {
  maxLineBytes: defaultLimits.maxLineBytes,
  maxFieldBytes: 2 * defaultLimits.maxFieldBytes,
  maxFields: 2 * defaultLimits.maxFields,
}
/** Pipelined bytes that may wait for the answer before them. */
const maxUnreadBytes = 64 * 1024
/** What is read of a body nobody wants, so that the connection can live on. */
const maxDiscardedBytes = 256 * 1024
/** How long a connection that was told to close may take, and an unwanted body to come. */
const lingerMs = 2000

const continueLine = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n", "latin1")

/**
 * - idle: between two requests. head: a request has begun. serving: one is being answered, its body may still come.
 * - discarding: it is answered, the rest of its body is thrown away.
 * - closing: nothing is read or written any more; the peer is given time to take what was sent.
 * - upgraded: a WebSocket; the bytes are no longer ours.
 */
type Mode = "idle" | "head" | "serving" | "discarding" | "closing" | "upgraded"

/** One connection: its requests one after another, in order. */
export class Connection {
  readonly #socket: Socket
  readonly #site: Site
  readonly #outlet: Outlet
  readonly #parser: MessageParser
  #mode: Mode = "idle"
  #sinceMs: number
  /** What came while the request before it was being answered, copied. */
  #unread: Buffer[] = []
  #unreadBytes = 0
  #paused = false
  #reading = false
  /** From a request's head until its answer and its body have ended. */
  #exchange: Exchange | undefined
  /** The exchange's request waits for a 100 (Continue) that was not sent yet. */
  #owesContinue = false

  /** `accepted`: nothing of it has been read yet. */
  constructor(accepted: Socket, site: Site, onClose: () => void) {
    readShared(accepted, bytes => this.#onBytes(bytes))
    this.#socket = accepted
    this.#site = site
    this.#outlet = new Outlet(accepted, () => this.#advance())
    this.#sinceMs = site.clock.monotonicMs()
    this.#parser = createRequestParser(
      {
        head: head => this.#begin(head),
        body: chunk => this.#exchange?.body?.push(chunk),
        trailers: () => {},
        end: () => this.#exchange?.body?.end(),
      },
      { ...headLimits, maxBodyBytes: site.limits.maxBodyBytes },
    )
    accepted.on("end", this.#onEnd)
    accepted.on("close", () => {
      this.#exchange?.clientGone()
      this.#unread = []
      onClose()
    })
    // A reset: "close" follows.
    accepted.on("error", () => {})
  }

  /** Looks at the time-outs; called now and then. */
  check(nowMs: number): void {
    const forMs = nowMs - this.#sinceMs
    const { keepAliveMs, headTimeoutMs } = this.#site.limits
    if (this.#mode === "idle" && forMs >= keepAliveMs) this.#close()
    else if (this.#mode === "head" && forMs >= headTimeoutMs) {
      this.#refuse(webError.table.BN2107.status, webError("BN2107", { limitMs: headTimeoutMs }))
    } else if (this.#mode === "discarding" && forMs >= lingerMs) this.#close()
    else if (this.#mode === "closing" && forMs >= lingerMs) this.#socket.destroy()
  }

  /** The instance leaves: an idle connection closes at once, one at work is cut. */
  leave(): void {
    if (this.#mode === "idle") this.#close()
    else if (this.#mode !== "closing") this.#socket.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #enter(mode: Mode): void {
    this.#mode = mode
    this.#sinceMs = this.#site.clock.monotonicMs()
  }

  /** `bytes` are borrowed. False: the socket is to read no more for now. */
  #onBytes(bytes: Buffer): boolean {
    // Not ours any more: whoever has the socket reads it as any other.
    if (this.#mode === "upgraded") return this.#socket.push(Buffer.from(bytes))
    if (this.#mode === "closing") return true
    if (this.#unread.length === 0) this.#advance(bytes)
    else {
      this.#unread.push(Buffer.from(bytes))
      this.#unreadBytes += bytes.length
      this.#steer()
    }
    return true
  }

  /** A peer that sends no more waits for no more: clients of the web are not known to half-close (node:http does likewise). */
  readonly #onEnd = () => {
    if (this.#mode === "serving" && !this.#exchange?.written) this.#socket.destroy()
    else this.#socket.end()
  }

  #mayRead(): boolean {
    if (this.#mode === "closing" || this.#mode === "upgraded") return false
    const exchange = this.#exchange
    // Answers are written that the client has not taken yet: no further request is begun before it has.
    if (exchange === undefined) return !this.#outlet.full
    return exchange.body !== undefined && !exchange.body.ended && !exchange.body.full
  }

  /** Parses as far as the request being answered allows. `arrived`, which is borrowed: when nothing else is unread. */
  #advance(arrived?: Buffer): void {
    if (this.#reading) return
    this.#reading = true
    let rest = arrived ?? this.#nextUnread()
    try {
      while (rest !== undefined && this.#mayRead()) {
        const taken = this.#parser.push(rest)
        rest = taken < rest.length ? rest.subarray(taken) : this.#nextUnread()
        this.#pushed()
      }
    } catch (error) {
      if (!(error instanceof HttpParseError)) throw error
      this.#refuse(error.status, error)
    } finally {
      this.#reading = false
    }
    if (rest !== undefined && this.#mode !== "closing")
      this.#keepFirst(arrived === undefined ? rest : Buffer.from(rest))
    this.#steer()
  }

  #nextUnread(): Buffer | undefined {
    const bytes = this.#unread.shift()
    this.#unreadBytes -= bytes?.length ?? 0
    return bytes
  }

  #keepFirst(bytes: Buffer): void {
    this.#unread.unshift(bytes)
    this.#unreadBytes += bytes.length
  }

  #pushed(): void {
    if (this.#mode === "idle" && !this.#parser.idle) this.#enter("head")
    const exchange = this.#exchange
    if (exchange === undefined) return
    // Only now: a body that came together with its head is whole by this time.
    if (this.#mode !== "serving" && this.#mode !== "discarding") this.#serve(exchange)
    else if (this.#mode === "discarding") this.#discardOn(exchange)
  }

  /** Lets the socket flow only while somebody takes its bytes. A paused one does not see that its peer has gone. */
  #steer(): void {
    if (this.#mode === "upgraded") return
    const paused = this.#exchange?.body?.full === true || this.#unreadBytes >= maxUnreadBytes
    if (paused === this.#paused) return
    this.#paused = paused
    if (paused) this.#socket.pause()
    else this.#socket.resume()
  }

  #begin(head: RequestHead): void {
    const hasBody = head.body.kind !== "none"
    this.#owesContinue = head.expectContinue && hasBody
    const body = hasBody ? new RequestBody(this.#onBodyWanted, this.#owesContinue) : undefined
    this.#exchange = new Exchange(head, body, this.#site)
  }

  readonly #onBodyWanted = () => {
    if (this.#owesContinue && this.#exchange?.begun === false && this.#exchange.body?.ended === false) {
      this.#owesContinue = false
      this.#outlet.write(continueLine)
    }
    this.#advance()
  }

  #serve(exchange: Exchange): void {
    this.#enter("serving")
    const outcome = exchange.serve(this.#outlet, this.#mayLive)
    if (outcome instanceof Promise) outcome.then(late => this.#settle(exchange, late))
    else this.#settle(exchange, outcome)
  }

  /** A client that still waits for its 100 may or may not send the body after a final answer: only closing is safe. */
  readonly #mayLive = () => !this.#owesContinue && this.#site.drain.state === "serving"

  #settle(exchange: Exchange, outcome: Outcome): void {
    if (this.#exchange !== exchange) return
    if (outcome.kind === "upgrade") this.#upgrade(outcome.accept)
    else if (outcome.kind === "close") this.#close()
    else this.#answered(exchange)
  }

  #answered({ body }: Exchange): void {
    if (body === undefined || body.ended) this.#next()
    else {
      body.discard()
      this.#enter("discarding")
      this.#advance()
    }
  }

  #discardOn({ body }: Exchange): void {
    if (body === undefined || body.ended) this.#next()
    else if (body.discardedBytes > maxDiscardedBytes) this.#close()
  }

  #next(): void {
    this.#exchange = undefined
    this.#enter("idle")
    this.#advance()
  }

  #upgrade(accept: (socket: Socket, ahead: Buffer) => void): void {
    this.#enter("upgraded")
    this.#socket.removeAllListeners("data")
    this.#socket.off("end", this.#onEnd)
    this.#outlet.release()
    if (this.#paused) this.#socket.resume()
    const ahead = Buffer.concat(this.#unread)
    this.#unread = []
    accept(this.#socket, ahead)
  }

  /** Answers bytes that are no request, or not one that is served, and closes. */
  #refuse(status: number, error: { code: string; message: string }): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    if (exchange?.begun) this.#socket.destroy()
    else this.#outlet.write(Exchange.refusal(status, error, this.#site.date))
    exchange?.clientGone()
    if (!this.#socket.destroyed) this.#close()
  }

  /**
   * Ends our side and goes on reading until the peer ends its own: closing with unread bytes in the socket would reset
   * it, and take the answer away from a peer that has not read it yet (RFC 9112 section 9.6).
   */
  #close(): void {
    this.#exchange = undefined
    this.#unread = []
    this.#unreadBytes = 0
    this.#enter("closing")
    this.#socket.end()
    this.#steer()
  }
}
