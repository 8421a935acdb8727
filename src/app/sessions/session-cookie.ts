/** How the cookie of a session is written and read (RFC 6265, draft-ietf-httpbis-rfc6265bis for the prefix). */
export type SessionCookie = {
  /** The Set-Cookie value that carries a token. */
  carry(token: string): string
  /** The Set-Cookie value that removes it. */
  clear(): string
  /** What a Cookie header holds under this name: the first one, as browsers send the most specific path first. */
  read(cookieHeader: string | null | undefined): string | undefined
}

/**
 * With TLS (`secure`) the name gets the prefix `__Host-`: browsers then accept the cookie only with Secure, Path=/ and
 * no Domain, so that no neighbour under the same domain can plant one.
 */
export function sessionCookie(options: { name: string; secure: boolean; maxAgeMs: number }): SessionCookie {
  const name = options.secure ? `__Host-${options.name}` : options.name
  const attributes = `Path=/; HttpOnly; SameSite=Lax${options.secure ? "; Secure" : ""}`
  return {
    carry: token => `${name}=${token}; ${attributes}; Max-Age=${Math.floor(options.maxAgeMs / 1000)}`,
    clear: () => `${name}=; ${attributes}; Max-Age=0`,
    read: cookieHeader => {
      for (const pair of cookieHeader?.split(";") ?? []) {
        const equals = pair.indexOf("=")
        if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
      }
      return undefined
    },
  }
}
