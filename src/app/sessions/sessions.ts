/** Who a request belongs to. */
export type Session = {
  readonly userId: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

/**
 * Shared sessions: never in an instance's memory, so a revoked one ends everywhere at once. Tokens are opaque, carry
 * the user id (the shard key) and 128 random bits, and are stored only as a hash (OWASP ASVS 5.0 section 7).
 * `createPostgresSessions` in postgres/.
 *
 * A cookie header is what the request says of itself: `request.headers.get("cookie")`.
 */
export interface Sessions {
  /**
   * Opens a session. Login rotates: give the request's cookie header, and the session it names ends.
   * Returns the token and the Set-Cookie value that carries it. Throws BN2303.
   */
  open(userId: string, cookieHeader?: string | null): Promise<{ token: string; cookie: string }>
  /** The session a request's cookie header names, or undefined. Malformed, unknown, expired: all undefined. */
  find(cookieHeader: string | null): Promise<Session | undefined>
  /** Ends the session of this request, if there is one. Returns the Set-Cookie value that clears it. */
  close(cookieHeader: string | null): Promise<string>
  /** Ends every session of a user; returns how many there were. */
  revokeAll(userId: string): Promise<number>
}
