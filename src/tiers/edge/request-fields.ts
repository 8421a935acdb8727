import { endToEndFields, type Fields, type RequestHead } from "../../http1/index.ts"
import type { Trace } from "./trace.ts"

/** What the edge itself knows about a request; nothing of it comes from the client's fields. */
export type RequestOrigin = {
  readonly clientAddress: string
  readonly scheme: "http" | "https"
  readonly requestId: string
  readonly trace: Trace
  /** The Host for an HTTP/1.0 request that has none. */
  readonly ownAuthority: () => string
}

/**
 * The fields of a request as a backend gets them: end-to-end ones of the client, without those by which a client
 * could pretend to be the inside, then ours. Framing is made anew from what was parsed.
 */
export function requestFields(head: RequestHead, origin: RequestOrigin): string[] {
  const host = head.host === "" ? origin.ownAuthority() : head.host
  const fields = ["Host", host]
  const received = endToEndFields(head.fields)
  for (let at = 0; at < received.length; at += 2) {
    const name = received[at]!
    const lower = name.toLowerCase()
    if (lower === "host" || isForgeable(lower)) continue
    if (lower === "tracestate" && !origin.trace.continued) continue
    fields.push(name, received[at + 1]!)
  }
  if (head.body.kind === "chunked") fields.push("Transfer-Encoding", "chunked")
  if (isWebSocket(head)) fields.push("Connection", "Upgrade", "Upgrade", "websocket")
  fields.push("Via", `1.${head.minor} banyan`)
  fields.push("Forwarded", forwardedElement(origin.clientAddress, host, origin.scheme))
  fields.push("X-Forwarded-For", origin.clientAddress, "X-Forwarded-Host", host)
  fields.push("X-Forwarded-Proto", origin.scheme)
  fields.push("X-Request-Id", origin.requestId, "Traceparent", origin.trace.traceparent)
  return fields
}

/** The trailers of a request as a backend gets them: some servers merge them into the fields. */
export function requestTrailers(received: Fields): string[] {
  const fields = endToEndFields(received)
  return fields.filter((_, at) => !isForgeable(fields[at & ~1]!.toLowerCase()))
}

/** The only protocol that is switched to: `h2c` would carry requests past the edge unread. */
export function isWebSocket(head: RequestHead): boolean {
  return head.upgrade === "websocket"
}

/** Names by which a backend would believe something about the client, the way, or the inside. */
const forgeable: ReadonlySet<string> = new Set([
  "cf-connecting-ip",
  "client-ip",
  "fastly-client-ip",
  "forwarded",
  "proxy",
  "traceparent",
  "true-client-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-original-host",
  "x-original-url",
  "x-real-ip",
  "x-request-id",
  "x-rewrite-url",
])

/** Servers that turn fields into variables read `_` and `-` alike, so both spellings are dropped. */
function isForgeable(lowerName: string): boolean {
  const name = lowerName.includes("_") ? lowerName.replaceAll("_", "-") : lowerName
  return forgeable.has(name) || name.startsWith("x-forwarded-") || name.startsWith("x-banyan-")
}

/** RFC 7239 section 4; an IPv6 address and a host with a port must be quoted. */
function forwardedElement(address: string, host: string, scheme: string): string {
  const node = address.includes(":") ? `"[${address}]"` : /^[0-9.]+$/.test(address) ? address : "unknown"
  return `for=${node};host="${host}";proto=${scheme}`
}
