import { connect, type Socket } from "node:net"
import {
  createResponseParser,
  encodeRequestHead,
  HttpParseError,
  type ResponseHead,
  type ResponseParser,
} from "../../http1/index.ts"
import { messageOf } from "../../kit/errors.ts"
import type { LoadAnswer, LoadRequest, LoadTarget } from "./load.ts"

/** What became of one request. `reset`: the connection ended, in whatever way, before the whole answer. */
export type ExchangeResult =
  | { readonly kind: "answer"; readonly answer: LoadAnswer }
  | {
      readonly kind: "refused" | "reset" | "timeout" | "framing"
      readonly detail: string
      readonly answerBegan: boolean
    }

/** How a connection ended while no request was on it. */
export type IdleEnd = "closed" | "reset" | "unasked"

export type LoadConnectionEvents = {
  readonly idleEnd: (connection: LoadConnection, how: IdleEnd) => void
  readonly closeAnnounced: () => void
  /** Its socket is closed. */
  readonly gone: (connection: LoadConnection) => void
}

type Exchange = {
  readonly settle: (result: ExchangeResult) => void
  readonly timer: NodeJS.Timeout
  head: ResponseHead | undefined
  /** Copies: the next bytes overwrite these. */
  readonly chunks: Buffer[]
}

/** Where every connection's bytes arrive: they are read to their end before any other's can. */
const arriving = Buffer.allocUnsafeSlow(64 * 1024)

/** One raw client connection, one request on it at a time. */
export class LoadConnection {
  /** When it was begun, on the clock of performance.now(). */
  readonly begunMs = performance.now()
  readonly #target: LoadTarget
  readonly #events: LoadConnectionEvents
  readonly #socket: Socket
  readonly #parser: ResponseParser
  #connected = false
  #reusable = true
  #sent = 0
  #exchange: Exchange | undefined

  constructor(target: LoadTarget, events: LoadConnectionEvents) {
    this.#target = target
    this.#events = events
    this.#parser = createResponseParser({
      head: head => {
        if (this.#exchange !== undefined) this.#exchange.head = head
      },
      body: chunk => this.#exchange?.chunks.push(Buffer.copyBytesFrom(chunk)),
      trailers: () => {},
      end: () => this.#answered(),
    })
    this.#socket = connect({
      host: target.host,
      port: target.port,
      noDelay: true,
      onread: { buffer: arriving, callback: length => this.#read(arriving.subarray(0, length)) },
    })
    this.#socket.on("connect", () => {
      this.#connected = true
    })
    this.#socket.on("end", () => this.#ended())
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#lost(error.code ?? error.message))
    this.#socket.on("close", () => {
      this.#lost("closed")
      events.gone(this)
    })
  }

  /** How many requests were sent on it. */
  get sent(): number {
    return this.#sent
  }

  /** May carry another request: alive, and no close was announced. */
  get reusable(): boolean {
    return this.#reusable && this.#exchange === undefined
  }

  /** Sends the request; resolves with what became of it, never rejects. */
  exchange(request: LoadRequest, timeoutMs: number): Promise<ExchangeResult> {
    this.#sent++
    return new Promise(settle => {
      const timer = setTimeout(() => this.#fail("timeout", `${timeoutMs} ms`), timeoutMs)
      this.#exchange = { settle, timer, head: undefined, chunks: [] }
      this.#parser.expect(request.method)
      this.#socket.write(encodeRequest(this.#target, request))
    })
  }

  close(): void {
    this.#reusable = false
    this.#socket.end()
  }

  destroy(): void {
    this.#reusable = false
    this.#socket.destroy()
  }

  /** True, for the socket to read on. */
  #read(bytes: Buffer): boolean {
    try {
      for (let at = 0, taken = 0; at < bytes.length; at += taken) {
        taken = this.#parser.push(at === 0 ? bytes : bytes.subarray(at))
        if (taken === 0) throw new Error("switched protocols unasked")
      }
    } catch (error) {
      if (this.#exchange !== undefined) this.#fail("framing", describe(error))
      else this.#endIdle("unasked")
    }
    return true
  }

  /** At the end of each message: an interim response is not the answer yet. */
  #answered(): void {
    const exchange = this.#exchange
    const head = exchange?.head
    if (exchange === undefined || head === undefined || head.status < 200) return
    this.#exchange = undefined
    clearTimeout(exchange.timer)
    if (!head.keepAlive) {
      this.#events.closeAnnounced()
      this.close()
    }
    exchange.settle({
      kind: "answer",
      answer: { status: head.status, fields: head.fields, body: whole(exchange.chunks) },
    })
  }

  /** The server ended its side: the end of an answer until close, else too early or while idle. */
  #ended(): void {
    try {
      this.#parser.eof()
    } catch {
      // A message was cut short, which #lost tells.
    }
    this.#lost("ended before the answer")
  }

  #lost(detail: string): void {
    if (this.#exchange !== undefined) this.#fail(this.#connected ? "reset" : "refused", detail)
    else this.#endIdle(detail === "ECONNRESET" || detail === "EPIPE" ? "reset" : "closed")
  }

  #fail(kind: "refused" | "reset" | "timeout" | "framing", detail: string): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    clearTimeout(exchange.timer)
    this.destroy()
    exchange.settle({ kind, detail, answerBegan: exchange.head !== undefined })
  }

  #endIdle(how: IdleEnd): void {
    if (!this.#reusable) return
    this.destroy()
    this.#events.idleEnd(this, how)
  }
}

function encodeRequest(target: LoadTarget, request: LoadRequest): Buffer {
  const { method, body, fields = [] } = request
  const own = ["Host", authorityOf(target), ...fields]
  if (body === undefined) return encodeRequestHead({ method, target: request.target, fields: own })
  const bytes = Buffer.from(body)
  const all = [...own, "Content-Length", String(bytes.length)]
  return Buffer.concat([encodeRequestHead({ method, target: request.target, fields: all }), bytes])
}

function whole(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

/** `host:port` as Host and Origin write it. */
export function authorityOf(target: LoadTarget): string {
  return `${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.port}`
}

export function describe(error: unknown): string {
  return error instanceof HttpParseError ? error.rule : messageOf(error)
}
