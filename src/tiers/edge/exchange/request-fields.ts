import {
  endToEndFields,
  endToEndLines,
  type Fields,
  fieldValues,
  type RequestHead,
} from "../../../http1/index.ts"
import type { ClientOrigin } from "../client/client-origin.ts"
import type { Trace } from "./trace.ts"

/** What the edge itself knows about a request; nothing of it comes from the client's fields. */
export type RequestOrigin = {
  readonly client: ClientOrigin
  readonly requestId: string
  readonly trace: Trace
  /** The Host for an HTTP/1.0 request that has none. */
  readonly ownAuthority: () => string
}

/**
 * The fields of a request as a backend gets them, as lines: end-to-end ones of the client, without those by which a
 * client could pretend to be the inside, between ours. Framing is made anew from what was parsed.
 */
export function requestLines(head: RequestHead, origin: RequestOrigin): string {
  const { client, requestId, trace } = origin
  const host = head.host === "" ? origin.ownAuthority() : head.host
  let lines = `${client.lines(host, head.minor)}${passedOn(head)}`
  if (trace.continued) {
    for (const state of fieldValues(head.fields, "tracestate")) lines += `Tracestate: ${state}\r\n`
  }
  if (head.body.kind === "chunked") lines += "Transfer-Encoding: chunked\r\n"
  if (isWebSocket(head)) lines += "Connection: Upgrade\r\nUpgrade: websocket\r\n"
  return `${lines}X-Request-Id: ${requestId}\r\nTraceparent: ${trace.traceparent}\r\n`
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

const passedOn = endToEndLines(name => name === "host" || name === "tracestate" || isForgeable(name))

/** Servers that turn fields into variables read `_` and `-` alike, so both spellings are dropped. */
function isForgeable(lowerName: string): boolean {
  const name = lowerName.includes("_") ? lowerName.replaceAll("_", "-") : lowerName
  return forgeable.has(name) || name.startsWith("x-forwarded-") || name.startsWith("x-banyan-")
}
