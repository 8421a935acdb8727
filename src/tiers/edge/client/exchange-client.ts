import type { Fields, RequestHead, ResponseHead } from "../../../http1/index.ts"
import type { Refusal } from "../edge-errors.ts"
import type { TunnelSide } from "../exchange/tunnel.ts"
import type { ClientOrigin } from "./client-origin.ts"
import type { RefusalOptions } from "./refusal-answer.ts"

/**
 * The client's side of an exchange, whatever HTTP it speaks: an HTTP/1 connection, or a stream of an HTTP/2 one. A
 * request reaches the exchange as the same parsed head either way; an answer goes back through these.
 */
export interface ExchangeClient extends TunnelSide {
  readonly origin: ClientOrigin
  /** The connection ends after this answer, whatever the request wished. */
  readonly closing: boolean
  /** Begins the final answer; nothing is written before its first `flush`. `wishToClose`: see `ClientAnswer.close`. */
  answer(head: ResponseHead, request: RequestHead, own: OwnFields, wishToClose: boolean): ClientAnswer
  /** Writes an interim answer (1xx, 101 included). */
  interim(head: ResponseHead, request: RequestHead, own: OwnFields): void
  /** Writes the whole answer that the edge gives itself. */
  answerRefusal(told: Refusal, options: RefusalOptions): void
  /** The answer is whole. */
  finished(keepAlive: boolean): void
  /** The answer cannot be made whole: the client is told by a reset, as an end could pass for the answer's. */
  abort(): void
  /** It has become a tunnel: what came ahead belongs to it. */
  switched(): void
  /** What this exchange waits for may have changed; see `waitsFor`. */
  progressed(): void
}

/** What the edge puts into an answer. */
export type OwnFields = {
  readonly requestId: string
  /** For the Date of an answer that has none. */
  nowMs(): number
}

/** One final answer on its way to a client: made anew from what was parsed, framed as this client reads. */
export interface ClientAnswer {
  /** The backend keeps its connection after this answer. */
  readonly backendKeepsAlive: boolean
  /** The client's connection ends after this answer, and was told so. */
  readonly close: boolean
  readonly bodyBytes: number
  readonly ended: boolean
  /** Bytes are borrowed until the next `flush`. */
  body(piece: Uint8Array): void
  trailers(fields: Fields): void
  end(): void
  /** Ends an event stream where it stands; false when this is none. `flush` is still to be called. */
  endStream(): boolean
  /** Writes what came since the last time. False: wait until the client is writable. */
  flush(): boolean
}

/** Who must act next: decides which time-out holds. */
export type WaitsFor = "backend-free" | "request-body" | "answer-head" | "client-reading" | "nothing"
