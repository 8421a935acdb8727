/** Methods that only read (RFC 9110 section 9.2.1). */
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"])

/**
 * Whether a request may change things in the name of its cookie: the defence against forged requests (CSRF), beside
 * the cookie's SameSite. Requests that only read pass; all others, and WebSocket upgrades (which no other rule of the
 * browser keeps to their own origin), must show that a page of this very host sent them:
 *
 * - `Sec-Fetch-Site`, if there, is `same-origin` (browsers set it, pages cannot);
 * - `Origin`, if there, names the host of the request. Its scheme is not compared, as TLS may end in front of us;
 * - and at least one of the two is there. Programs without a browser send `Origin: http://<host>`.
 */
export function isSameOrigin(request: Request): boolean {
  const { headers } = request
  if (safeMethods.has(request.method) && !headers.has("upgrade")) return true
  const site = headers.get("sec-fetch-site")
  if (site !== null && site !== "same-origin") return false
  const origin = headers.get("origin")
  if (origin === null) return site === "same-origin"
  return hostOf(origin) === hostOf(request.url)
}

/** `null` (an opaque origin) and anything else that is no URL has a host that equals none. */
function hostOf(url: string): string | symbol {
  return URL.parse(url)?.host || Symbol("no host")
}
