import type { TunnelSide } from "../exchange/tunnel.ts"

/** The client's side of an exchange. */
export interface ExchangeClient extends TunnelSide {
  readonly address: string
  /** The connection ends after this answer, whatever the request wished. */
  readonly closing: boolean
  /** The answer is whole. */
  finished(keepAlive: boolean): void
  /** The answer cannot be made whole: only ending the connection can tell the client. */
  abort(): void
  /** It has become a tunnel: what came ahead belongs to it. */
  switched(): void
  /** What this exchange waits for may have changed; see `waitsFor`. */
  progressed(): void
}

/** Who must act next: decides which time-out holds. */
export type WaitsFor = "backend-free" | "request-body" | "answer-head" | "client-reading" | "nothing"
