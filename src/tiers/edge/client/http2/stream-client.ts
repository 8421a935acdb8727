import type { Fields, HttpParseError, RequestHead, ResponseHead } from "../../../../http1/index.ts"
import type { OutStream, StreamHandler } from "../../../../http2/index.ts"
import type { EdgeContext } from "../../edge-context.ts"
import { type Refusal, refusal } from "../../edge-errors.ts"
import { Exchange } from "../../exchange/exchange.ts"
import { allowanceMs } from "../allowance.ts"
import type { ClientOrigin } from "../client-origin.ts"
import type { ExchangeClient, OwnFields } from "../exchange-client.ts"
import { type RefusalOptions, refusalParts, refusing } from "../refusal-answer.ts"
import { answerFields, Http2Answer } from "./http2-answer.ts"
import type { Unread } from "./unread-answers.ts"

/**
 * One stream of a client: the request goes to its exchange as the head and body of HTTP/1.1, the answer comes back as
 * frames. The stream may outlive its exchange, until the last of the answer has left.
 */
export class StreamClient implements ExchangeClient, StreamHandler {
  readonly origin: ClientOrigin
  /** The connection ends by GOAWAY, and each stream by its own end. */
  readonly closing = false
  readonly #context: EdgeContext
  readonly #stream: OutStream
  readonly #onClosed: (client: StreamClient) => void
  #exchange: Exchange | undefined
  #deadlineMs = 0
  /** What waited when the deadline was set. */
  #waitingBytes = 0
  readonly #unread: Unread
  /** Told to it. */
  #unreadBytes = 0

  constructor(
    stream: OutStream,
    context: EdgeContext,
    connection: { readonly origin: ClientOrigin; readonly unread: Unread },
    onClosed: (client: StreamClient) => void,
  ) {
    this.#stream = stream
    this.#context = context
    this.origin = connection.origin
    this.#unread = connection.unread
    this.#onClosed = onClosed
  }

  begin(head: RequestHead): void {
    this.#exchange = new Exchange(this.#context, this, head)
  }

  /** Answers a request whose head is none HTTP/1 would take either. */
  refuse(told: Refusal): void {
    this.answerRefusal(told, refusing(told, this.#context, false))
    this.progressed()
  }

  endStream(): void {
    this.#exchange?.endStream()
  }

  sweep(nowMs: number): void {
    this.#countUnread()
    if (nowMs < this.#deadlineMs) return
    if (this.#exchange !== undefined) this.#exchange.timedOut()
    else if (this.#stream.waitingBytes < this.#waitingBytes) this.progressed()
    else this.#stream.reset("CANCEL")
  }

  gone(reason: string): void {
    this.#exchange?.clientGone(reason)
    this.#exchange = undefined
  }

  // --- told by the session ---

  body(bytes: Uint8Array): void {
    this.#exchange?.request.body(bytes)
  }

  trailers(fields: Fields): void {
    this.#exchange?.request.trailers(fields)
  }

  ended(): void {
    this.#exchange?.request.end()
  }

  pushed(): void {
    this.#exchange?.requestPushed()
  }

  malformed(error: HttpParseError): void {
    this.#exchange?.requestMalformed(error)
  }

  writable(): void {
    this.#exchange?.clientWritable()
  }

  closed(): void {
    this.#countUnread()
    this.gone("the stream was reset")
    this.#onClosed(this)
  }

  // --- asked by the exchange ---

  answer(head: ResponseHead, _request: RequestHead, own: OwnFields): Http2Answer {
    return new Http2Answer(this.#stream, head, own)
  }

  interim(head: ResponseHead, _request: RequestHead, own: OwnFields): void {
    this.#stream.head(answerFields(head, own), false)
  }

  answerRefusal(told: Refusal, options: RefusalOptions): void {
    const { fields, body } = refusalParts(told, options)
    const lower = fields.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text))
    this.#stream.head([":status", String(told.status), ...lower], options.toHead)
    this.#stream.write(body)
    this.#stream.end()
  }

  write(bytes: Uint8Array): boolean {
    return this.#stream.write(bytes)
  }

  /** Of a tunnel, as `write` is; no way leads there yet. */
  end(): void {
    this.#stream.end()
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  progressed(): void {
    this.#countUnread()
    if (this.#unreadBytes > 0 && this.#unread.tooMuch) {
      const told = refusal("BN2026", { address: this.origin.address })
      this.#context.counters.refused(told.code)
      this.gone(`${told.code}: ${told.message}`)
      this.#stream.reset("ENHANCE_YOUR_CALM")
      return
    }
    const nowMs = this.#context.coarseNowMs()
    const { limits } = this.#context
    this.#waitingBytes = this.#stream.waitingBytes
    this.#deadlineMs =
      nowMs +
      (this.#exchange === undefined
        ? limits.bodyIdleTimeoutMs
        : allowanceMs(this.#exchange, limits, nowMs, false))
  }

  #countUnread(): void {
    const { waitingBytes } = this.#stream
    if (waitingBytes !== this.#unreadBytes) this.#unread.change(waitingBytes - this.#unreadBytes)
    this.#unreadBytes = waitingBytes
  }

  switched(): void {}

  finished(): void {
    this.#exchange = undefined
    this.progressed()
  }

  abort(): void {
    this.#exchange = undefined
    this.#stream.reset("INTERNAL_ERROR")
  }
}
