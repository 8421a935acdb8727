import type { Socket } from "node:net"
import {
  createRequestParser,
  type Fields,
  HttpParseError,
  type MessageParser,
  type RequestHead,
} from "../../../http1/index.ts"
import { ownCopy } from "../../../kit/node/own-copy.ts"
import { endInTurn } from "../../../kit/node/shared-write.ts"
import type { EdgeContext } from "../edge-context.ts"
import { type Refusal, refusal } from "../edge-errors.ts"
import { Exchange } from "../exchange/exchange.ts"
import { allowanceMs, idleAllowanceMs } from "./allowance.ts"
import { ClientOrigin } from "./client-origin.ts"
import { type ConnectionOwner, type FrontConnection, lingerMs } from "./connection.ts"
import type { ExchangeClient } from "./exchange-client.ts"
import { Http1Answers } from "./http1-answer.ts"
import { Http2Connection } from "./http2/http2-connection.ts"
import { type BytesReader, PrefaceReader } from "./http2/preface-reader.ts"
import { refusing } from "./refusal-answer.ts"
import type { Transport } from "./transport.ts"

/**
 * One connection of a client: one request at a time; what is sent ahead waits.
 *
 * open -> closing (all is said; the client may read it and end) -> closed
 */
export class ClientConnection extends Http1Answers implements ExchangeClient, FrontConnection {
  readonly origin: ClientOrigin
  readonly #transport: Transport
  readonly #context: EdgeContext
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  readonly #parser: MessageParser
  readonly write = (bytes: Uint8Array): boolean => this.#transport.write(this.#socket, bytes)
  #state: "open" | "closing" | "closed" = "open"
  #exchange: Exchange | undefined
  /** Bytes of the next request, that came before this one was over. */
  #ahead: Buffer | undefined
  #consuming = false
  /** The exchange wants no more for now. */
  #paused = false
  #reading = true
  /** The client sends no more. */
  #peerEnded = false
  #answers = 0
  /** When what it waits for may have changed last. */
  #changedMs = 0
  /** Of the request being read; kept while its bytes come, or the time-out would never fire on a trickle. */
  #headSinceMs: number | undefined
  /** Takes the bytes instead: until it is known what the client speaks, and from then on if that is HTTP/2. */
  #reader: BytesReader | undefined

  constructor(transport: Transport, context: EdgeContext, owner: ConnectionOwner) {
    super()
    const socket = transport.open(bytes => this.#read(bytes))
    this.#transport = transport
    this.#socket = socket
    this.#context = context
    this.#owner = owner
    this.origin = new ClientOrigin(transport, false)
    this.#parser = createRequestParser(
      {
        head: head => this.#begin(head),
        body: bytes => this.#exchange?.request.body(bytes),
        trailers: (fields: Fields) => this.#exchange?.request.trailers(fields),
        end: () => this.#exchange?.request.end(),
      },
      { maxBodyBytes: context.limits.maxBodyBytes },
    )
    if (context.limits.maxStreamsPerConnection > 0)
      this.#reader = new PrefaceReader((isHttp2, bytes) => this.#speaks(isHttp2, bytes))
    this.progressed()
    socket.on("drain", () => this.#drained())
    socket.once("end", () => this.#ended())
    socket.once("finish", () => this.progressed())
    socket.on("error", () => {})
    socket.once("close", () => this.#closed())
    if (transport.ahead !== undefined) queueMicrotask(() => this.#read(transport.ahead!))
  }

  get idle(): boolean {
    return this.#state === "open" && this.#exchange === undefined && this.#parser.idle
  }

  get closing(): boolean {
    return this.#owner.draining || (this.#peerEnded && this.#ahead === undefined)
  }

  /** Answers without reading a request, and closes. */
  refuse(told: Refusal): void {
    if (this.#state !== "open") return
    this.answerRefusal(told, refusing(told, this.#context, true))
    this.close()
  }

  /** Its next answer says so, and ends it. */
  drain(): void {}

  close(): void {
    if (this.#state !== "open") return
    this.#state = "closing"
    this.#ahead = undefined
    endInTurn(this.#socket)
    this.#readOrNot()
    this.progressed()
  }

  endStream(): void {
    this.#exchange?.endStream()
  }

  destroy(reason: string): void {
    this.#exchange?.clientGone(reason)
    this.#exchange = undefined
    this.#socket.destroy()
  }

  sweep(nowMs: number): void {
    if (this.#state === "closed") return
    this.#transport.watch()
    if (nowMs < this.#changedMs + this.#allowanceMs(this.#changedMs)) return
    if (this.#state === "closing") this.#socket.destroy()
    else if (this.#exchange !== undefined) this.#exchange.timedOut()
    else if (this.#headSinceMs !== undefined) {
      this.refuse(refusal("BN2018", { timeoutMs: this.#context.limits.headTimeoutMs }))
    } else this.close()
  }

  // --- asked by the exchange ---

  end(): void {
    endInTurn(this.#socket)
  }

  pause(): void {
    this.#paused = true
    this.#readOrNot()
  }

  resume(): void {
    this.#paused = false
    this.#readOrNot()
  }

  /** A new deadline holds from now on; a sweep works it out, as a request changes it several times between two. */
  progressed(): void {
    this.#changedMs = this.#context.coarseNowMs()
  }

  switched(): void {
    this.progressed()
    if (!this.#consuming) this.#goOn()
  }

  finished(keepAlive: boolean): void {
    this.#exchange = undefined
    this.#answers++
    if (keepAlive) {
      this.#paused = false
      this.progressed()
      if (!this.#consuming) this.#goOn()
    } else this.close()
  }

  abort(): void {
    this.#exchange = undefined
    // A reset, not an end: an end could pass for that of an answer without length.
    this.#transport.reset(this.#socket)
  }

  // --- told by the socket ---

  #read(bytes: Buffer): void {
    if (this.#reader !== undefined) this.#reader.read(bytes)
    else if (this.#state !== "open") return
    else if (this.#ahead !== undefined) this.#ahead = Buffer.concat([this.#ahead, bytes])
    else this.#consume(bytes)
  }

  /** With HTTP/2 nothing of this connection remains but its bytes, which are passed on. */
  #speaks(isHttp2: boolean, bytes: Buffer): void {
    this.#reader = undefined
    if (!isHttp2 || this.#state !== "open") {
      this.#read(bytes)
      return
    }
    this.#state = "closed"
    this.#transport.watch()
    const from = { socket: this.#socket, write: this.write }
    const successor = new Http2Connection(
      from,
      this.#context,
      this.#owner,
      new ClientOrigin(this.origin, true),
    )
    this.#reader = successor
    this.#owner.replaced(this, successor)
    successor.read(bytes)
  }

  #consume(bytes: Buffer): void {
    this.#consuming = true
    let at = 0
    while (at < bytes.length && this.#state === "open") {
      const rest = at === 0 ? bytes : bytes.subarray(at)
      const tunnel = this.#exchange?.tunnel
      if (tunnel !== undefined) {
        tunnel.fromClient(rest)
        break
      }
      if (this.#exchange?.request.ended || this.#owesAnswers) {
        this.#ahead = ownCopy(rest)
        break
      }
      at += this.#push(rest)
    }
    this.#consuming = false
    this.#readOrNot()
    this.progressed()
  }

  #push(bytes: Buffer): number {
    try {
      const taken = this.#parser.push(bytes)
      this.#exchange?.requestPushed()
      return taken
    } catch (error) {
      if (!(error instanceof HttpParseError)) throw error
      if (this.#exchange === undefined) this.refuse(error)
      else this.#exchange.requestMalformed(error)
      return bytes.length
    }
  }

  #begin(head: RequestHead): void {
    this.#headSinceMs = undefined
    this.#exchange = new Exchange(this.#context, this, head)
  }

  /** Answers are written that the client has not taken yet: no further request is read before it has. */
  get #owesAnswers(): boolean {
    return this.#exchange === undefined && this.#socket.writableNeedDrain
  }

  /** Reads on: first what came ahead, then from the socket. */
  #goOn(): void {
    const ahead = this.#ahead
    if (!this.#owesAnswers) {
      this.#ahead = undefined
      if (ahead !== undefined) this.#consume(ahead)
      if (this.#peerEnded && this.#exchange === undefined && this.#ahead === undefined) this.close()
    }
    this.#readOrNot()
  }

  #readOrNot(): void {
    const wanted =
      this.#state !== "open" || (!this.#paused && this.#ahead === undefined && !this.#owesAnswers)
    if (wanted === this.#reading) return
    this.#reading = wanted
    if (wanted) this.#socket.resume()
    else this.#socket.pause()
  }

  #drained(): void {
    if (this.#exchange !== undefined) this.#exchange.clientWritable()
    else if (this.#state === "open") this.#goOn()
  }

  #ended(): void {
    this.#peerEnded = true
    const exchange = this.#exchange
    if (exchange?.tunnel !== undefined) exchange.tunnel.endOfClient()
    else if (exchange?.request.ended === false) this.destroy("the client ended inside its request")
    else if (exchange === undefined && this.#ahead === undefined) this.close()
    this.progressed()
  }

  #closed(): void {
    if (this.#state === "closed") return
    this.#state = "closed"
    this.#exchange?.clientGone("the client went away")
    this.#exchange = undefined
    this.#owner.gone(this)
  }

  #allowanceMs(nowMs: number): number {
    const limits = this.#context.limits
    if (this.#state === "closing") return this.#socket.writableFinished ? lingerMs : limits.bodyIdleTimeoutMs
    if (this.#exchange !== undefined) return allowanceMs(this.#exchange, limits, nowMs, this.#peerEnded)
    if (this.#owesAnswers) return limits.bodyIdleTimeoutMs
    if (this.#parser.idle && this.#answers > 0) return idleAllowanceMs(limits, this.#owner.draining)
    if (!this.#parser.idle) this.#headSinceMs ??= nowMs
    return (this.#headSinceMs ?? nowMs) + limits.headTimeoutMs - nowMs
  }
}
