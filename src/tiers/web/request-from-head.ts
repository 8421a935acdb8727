import { fieldValue, originForm, type RequestHead } from "../../http1/index.ts"
import type { ClientSignal } from "./fetch/client-signal.ts"
import { originFor } from "./fetch/request-url.ts"
import { ServedRequest } from "./fetch/served-request.ts"
import type { RequestBody } from "./request-body.ts"
import { webError } from "./web-errors.ts"

/** Methods the fetch standard refuses to put into a Request, in whatever case. */
const unservedMethods: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"])

/**
 * The Request an app is given. Its URL is made of the Host and the scheme the front door tells in X-Forwarded-Proto.
 * A body of GET or HEAD, which has no meaning and which a Request cannot hold, is thrown away.
 * Throws BN2105, BN2106.
 */
export function requestFromHead(
  head: RequestHead,
  body: RequestBody | undefined,
  client: ClientSignal,
): Request {
  const { method, host } = head
  const upper = method.toUpperCase()
  if (unservedMethods.has(upper)) throw webError("BN2105", { method })
  const form = originForm(head.target, method)
  // OPTIONS * asks about the server as a whole; no URL says so, the nearest is its path `*`.
  const target = form === "*" ? "/*" : form
  const scheme = fieldValue(head.fields, "x-forwarded-proto") === "https" ? "https" : "http"
  const origin = originFor(scheme, host || "localhost")
  if (origin === "") throw webError("BN2106", { host, target: form })
  const isBodiless = upper === "GET" || upper === "HEAD"
  if (isBodiless) body?.discard()
  const request = new ServedRequest(head, { origin, target }, isBodiless ? undefined : body, client)
  return request as unknown as Request
}

/** The id the front door gave the request, for logs. */
export function requestIdOf(head: RequestHead): string | undefined {
  return fieldValue(head.fields, "x-request-id")
}
