import type { Fields } from "./http1.ts"
import { reject } from "./http1-errors.ts"

/** Framing, routing and credentials are decided before a trailer can come (RFC 9110 section 6.5.1). */
const forbiddenTrailers: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "content_length",
  "cookie",
  "expect",
  "host",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "transfer_encoding",
  "upgrade",
])

/** Throws HttpParseError. */
export function checkTrailers(fields: Fields): void {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!
    if (forbiddenTrailers.has(name.toLowerCase())) throw reject("trailer-forbidden", { name })
  }
}
