/** Who a request belongs to. */
export type Session = {
  readonly userId: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

/**
 * Shared sessions: never in an instance's memory. Tokens are opaque, carry the user id (the shard key) and 128 random
 * bits, and are stored only as a hash (OWASP ASVS 5.0 section 7). `createPostgresSessions` in postgres/.
 */
export interface Sessions {
  /** Opens a session (login rotates: any session named by `previousToken` ends). Returns the Set-Cookie value. */
  open(userId: string, previousToken?: string): Promise<{ token: string; cookie: string }>
  /** The session a request's Cookie header names, or undefined. Malformed, unknown, expired: all undefined. */
  find(cookieHeader: string | null): Promise<Session | undefined>
  /** Ends the session of this request. Returns the Set-Cookie value that clears it. */
  close(cookieHeader: string | null): Promise<string>
  /** Ends every session of a user. */
  revokeAll(userId: string): Promise<number>
}
