import { fieldValue, originForm, type RequestHead } from "../../http1/index.ts"
import type { RequestBody } from "./request-body.ts"
import { webError } from "./web-errors.ts"

/** Methods the fetch standard refuses to put into a Request. */
const unservedMethods: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"])

/**
 * The Request an app is given. Its URL is made of the Host and the scheme the front door tells in X-Forwarded-Proto.
 * A body of GET or HEAD, which has no meaning and which a Request cannot hold, is thrown away.
 * Throws BN2105, BN2106.
 */
export function requestFromHead(head: RequestHead, body: RequestBody, signal: AbortSignal): Request {
  const { method, host } = head
  if (unservedMethods.has(method)) throw webError("BN2105", { method })
  const target = originForm(head.target, method)
  const scheme = fieldValue(head.fields, "x-forwarded-proto") === "https" ? "https" : "http"
  // OPTIONS * asks about the server as a whole; no URL says so, the nearest is its path `*`.
  const url = `${scheme}://${host || "localhost"}${target === "*" ? "/*" : target}`
  const init: RequestInit = { method, headers: headersOf(head), signal }
  if (head.body.kind !== "none") {
    if (method === "GET" || method === "HEAD") body.discard()
    else Object.assign(init, { body: body.handOver(), duplex: "half" })
  }
  if (!URL.canParse(url)) throw webError("BN2106", { host, target })
  return new Request(url, init)
}

function headersOf({ fields }: RequestHead): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at < fields.length; at += 2) pairs.push([fields[at]!, fields[at + 1]!])
  return pairs
}

/** The id the front door gave the request, for logs. */
export function requestIdOf(head: RequestHead): string | undefined {
  return fieldValue(head.fields, "x-request-id")
}
