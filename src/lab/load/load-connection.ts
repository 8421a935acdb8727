import { connect, type Socket } from "node:net"
import {
  createResponseParser,
  HttpParseError,
  type ResponseHead,
  type ResponseParser,
} from "../../http1/index.ts"
import { messageOf } from "../../kit/errors.ts"
import type { Deadlines, Expiring } from "./deadlines.ts"
import { isGoodStatus, type LoadRequest, type LoadTarget } from "./load.ts"
import type { ExchangeResult, LoadPlace } from "./load-pool.ts"

/** How a connection ended while no request was on it; `refused`: it had not come about. */
export type IdleEnd = "refused" | "closed" | "reset" | "unasked"

export type LoadConnectionEvents = {
  readonly idleEnd: (connection: LoadConnection, how: IdleEnd) => void
  readonly closeAnnounced: () => void
  /** Its socket is closed. */
  readonly gone: (connection: LoadConnection) => void
}

/** What a connection needs of its pool. */
export type LoadConnectionContext = {
  readonly target: LoadTarget
  readonly deadlines: Deadlines
  readonly encode: (request: LoadRequest) => Buffer
  readonly events: LoadConnectionEvents
}

type Exchange = {
  readonly request: LoadRequest
  readonly settle: (result: ExchangeResult) => void
  head: ResponseHead | undefined
  /** Somebody looks at the body: who asked, or who reads of the failure. */
  keepsBody: boolean
  /** Copies: the next bytes overwrite these. */
  readonly chunks: Buffer[]
}

/** Where every connection's bytes arrive: they are read to their end before any other's can. */
const arriving = Buffer.allocUnsafeSlow(64 * 1024)

/** One raw client connection, one request on it at a time. */
export class LoadConnection implements LoadPlace, Expiring {
  readonly begunMs = performance.now()
  readonly #context: LoadConnectionContext
  readonly #socket: Socket
  readonly #parser: ResponseParser
  #connected = false
  #reusable = true
  #sent = 0
  #exchange: Exchange | undefined
  /** The exchange whose answer has come whole, until whoever asked is told. */
  #answered: Exchange | undefined

  constructor(context: LoadConnectionContext) {
    this.#context = context
    this.#parser = createResponseParser({
      head: head => this.#begin(head),
      body: chunk => {
        if (this.#exchange?.keepsBody) this.#exchange.chunks.push(Buffer.copyBytesFrom(chunk))
      },
      trailers: () => {},
      end: () => this.#end(),
    })
    this.#socket = connect({
      ...context.target,
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
      context.events.gone(this)
    })
  }

  get sent(): number {
    return this.#sent
  }

  /** May carry another request: alive, and no close was announced. */
  get reusable(): boolean {
    return this.#reusable && this.#exchange === undefined
  }

  /** Resolves when the connection has come about, or when it will not. */
  begun(): Promise<void> {
    return new Promise(resolve => {
      this.#socket.once("connect", resolve)
      this.#socket.once("close", () => resolve())
    })
  }

  exchange(request: LoadRequest, deadlineMs: number, settle: (result: ExchangeResult) => void): void {
    this.#sent++
    this.#exchange = { request, settle, head: undefined, keepsBody: false, chunks: [] }
    this.#context.deadlines.add(this, deadlineMs)
    this.#parser.expect(request.method)
    this.#socket.write(this.#context.encode(request))
  }

  expire(): void {
    this.#fail("timeout", "no whole answer in time")
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
    this.#tell()
    return true
  }

  #begin(head: ResponseHead): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    exchange.head = head
    exchange.keepsBody =
      exchange.request.onAnswer !== undefined || !isGoodStatus(exchange.request, head.status)
  }

  /** At the end of each message: an interim response is not the answer yet. */
  #end(): void {
    const exchange = this.#exchange
    const head = exchange?.head
    if (exchange === undefined || head === undefined || head.status < 200) return
    this.#finish()
    this.#answered = exchange
    if (head.keepAlive) return
    this.#context.events.closeAnnounced()
    this.close()
  }

  /** Outside of the parser, which would take an error of whoever is told for one of the answer. */
  #tell(): void {
    const exchange = this.#answered
    if (exchange === undefined) return
    this.#answered = undefined
    const { status, fields } = exchange.head!
    exchange.settle({ kind: "answer", answer: { status, fields, body: whole(exchange.chunks) } })
  }

  /** The server ended its side: the end of an answer until close, else too early or while idle. */
  #ended(): void {
    try {
      this.#parser.eof()
    } catch {
      // A message was cut short, which #lost tells.
    }
    this.#tell()
    this.#lost("ended before the answer")
  }

  #lost(detail: string): void {
    if (this.#exchange !== undefined) this.#fail(this.#connected ? "reset" : "refused", detail)
    else if (!this.#connected) this.#endIdle("refused")
    else this.#endIdle(detail === "ECONNRESET" || detail === "EPIPE" ? "reset" : "closed")
  }

  #fail(kind: "refused" | "reset" | "timeout" | "framing", detail: string): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#finish()
    this.destroy()
    exchange.settle({ kind, detail, answerBegan: exchange.head !== undefined })
  }

  #finish(): void {
    this.#exchange = undefined
    this.#context.deadlines.delete(this)
  }

  #endIdle(how: IdleEnd): void {
    if (!this.#reusable) return
    this.destroy()
    this.#context.events.idleEnd(this, how)
  }
}

const nothing = Buffer.alloc(0)

function whole(chunks: readonly Buffer[]): Buffer {
  return chunks.length < 2 ? (chunks[0] ?? nothing) : Buffer.concat(chunks)
}

/** `host:port` as Host and Origin write it. */
export function authorityOf(target: LoadTarget): string {
  return `${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.port}`
}

export function describe(error: unknown): string {
  return error instanceof HttpParseError ? error.rule : messageOf(error)
}
