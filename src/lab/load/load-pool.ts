import type { ConnectionCounts, LoadAnswer, LoadRequest } from "./load.ts"

/**
 * What became of one request. `reset`: the connection, or its stream, ended in whatever way before the whole answer.
 * `unprocessed`: HTTP/2 says that nobody has looked at it (RFC 9113 section 8.7).
 */
export type ExchangeResult =
  | { readonly kind: "answer"; readonly answer: LoadAnswer }
  | {
      readonly kind: "refused" | "reset" | "timeout" | "framing" | "unprocessed"
      readonly detail: string
      readonly answerBegan: boolean
    }

/** What carries one request at a time: a connection of HTTP/1, or a stream of HTTP/2, which carries no second one. */
export interface LoadPlace {
  /** How many requests were sent on its connection, up to this one. */
  readonly sent: number
  /** When its connection was begun, on the clock of performance.now(). */
  readonly begunMs: number
  /** Sends the request and tells, once and later, what became of it; `deadlineMs` on the clock of performance.now(). */
  exchange(request: LoadRequest, deadlineMs: number, settle: (result: ExchangeResult) => void): void
}

/** The client's connections, whatever HTTP they speak. */
export interface LoadPool {
  readonly counts: ConnectionCounts
  /** Opens connections that wait for their first request; resolves when all have come about, or failed to. */
  openAhead(count: number): Promise<void>
  /** A place for one request: on a connection of its own if asked for, or where there is none to reuse. */
  take(fresh: boolean): LoadPlace
  /** Its request is over. */
  give(place: LoadPlace): void
  destroy(): void
}

/** What a pool counts, before anything has happened. */
export function noConnections(): { -readonly [name in keyof ConnectionCounts]: number } {
  return {
    opened: 0,
    requestsOnNew: 0,
    requestsOnReused: 0,
    closeAnnounced: 0,
    closedWhileIdle: 0,
    resetWhileIdle: 0,
    unaskedBytes: 0,
  }
}
