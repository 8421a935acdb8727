import type { ClientOrigin } from "./client-origin.ts"

/** A connection of a client as the front door sees it, whatever HTTP it speaks. */
export interface FrontConnection {
  readonly origin: ClientOrigin
  /** Nothing of a request is here. */
  readonly idle: boolean
  /** The door is draining: the client is told in time that this connection will end. */
  drain(): void
  /** Says that nothing more is coming, and gives the client time to read what was said. */
  close(): void
  /** Ends what would go on for ever, as its protocol ends it. */
  endStream(): void
  /** Ends it here and now, with whatever is under way. */
  destroy(reason: string): void
  sweep(nowMs: number): void
}

export interface ConnectionOwner {
  /** Each connection's next answer is its last. */
  readonly draining: boolean
  /** From its first bytes the client speaks another HTTP: the same connection goes on as `successor`. */
  replaced(connection: FrontConnection, successor: FrontConnection): void
  gone(connection: FrontConnection): void
}

/** After our last byte a client may still be sending; its bytes are read and dropped so long (no reset meets the answer). */
export const lingerMs = 2_000
