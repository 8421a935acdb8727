import type { RequestHead } from "../../http1/index.ts"
import { messageOf } from "../../kit/errors.ts"
import { errorWords } from "../../telemetry/spans/error-words.ts"
import type { ClientSignal } from "./fetch/client-signal.ts"
import { requestIdOf } from "./request-from-head.ts"
import type { Site } from "./site.ts"
import { errorResponse, webError } from "./web-errors.ts"
import type { TracedRequest } from "./web-traces.ts"

/** Asked by front doors; the app never sees it. */
const healthPath = "/.banyan/health"

/** The answer to a health check, or undefined when the request is none. */
export function answerHealth(head: RequestHead, site: Site): Response | undefined {
  const { method, target } = head
  if (target !== healthPath || (method !== "GET" && method !== "HEAD")) return undefined
  const headers = { "content-type": "text/plain", "cache-control": "no-store" }
  return site.stopping
    ? new Response("stopping\n", { status: 503, headers })
    : new Response("ok\n", { status: 200, headers })
}

/** A request that the app is asked: what is needed to tell of its failing. */
export interface AppCall {
  readonly head: RequestHead
  readonly site: Site
  readonly client: ClientSignal
  /** Undefined: nobody asks what happens within it. */
  readonly traced: TracedRequest | undefined
}

/** Whatever the app does, there is a Response; at once, when the app has it at once. */
export function callApp(request: Request, call: AppCall): Response | Promise<Response> {
  const failed = (error: unknown) => appFailed(error, call)
  const checked = (response: unknown) => {
    try {
      return isResponse(response) ? response : notAResponse(response, call)
    } catch (error) {
      return failed(error)
    }
  }
  try {
    const answer = call.site.app.fetch(request)
    return isThenable(answer) ? Promise.resolve(answer).then(checked, failed) : checked(answer)
  } catch (error) {
    return failed(error)
  }
}

/** A promise, or what another library has for one. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function"
}

/** The 500 for an app that threw; the reason is in the log alone. An app that stops as its client has gone is no failure. */
export function appFailed(error: unknown, { head, site, client, traced }: AppCall): Response {
  const { method, target } = head
  const failure = webError("BN2101", { method, target, reason: messageOf(error) }, error)
  traced?.fail(`${failure.code} ${errorWords(error)}`)
  if (!client.gone) {
    site.countError()
    site.log.error(
      { err: error, code: failure.code, requestId: requestIdOf(head), method, target },
      failure.message,
    )
  }
  return errorResponse(500, failure.code, "The service failed to answer this request.")
}

export function notAResponse(returned: unknown, { head, site, traced }: AppCall): Response {
  const { method, target } = head
  const failure = webError("BN2102", { method, target, returned: describe(returned) })
  traced?.fail(failure.code)
  site.countError()
  site.log.error({ code: failure.code, requestId: requestIdOf(head), method, target }, failure.message)
  return errorResponse(500, failure.code, "The service failed to answer this request.")
}

/** By its shape: a Response of another copy of the fetch standard (undici's own, a polyfill) is as good. */
export function isResponse(value: unknown): value is Response {
  if (typeof value !== "object" || value === null) return false
  const { status, headers } = value as Partial<Response>
  return typeof status === "number" && status >= 200 && status <= 599 && typeof headers?.get === "function"
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return typeof value === "object"
    ? `an object of ${value.constructor?.name ?? "no class"}`
    : `a ${typeof value}`
}
