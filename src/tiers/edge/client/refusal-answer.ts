import { encodeResponseHead, httpDate } from "../../../http1/index.ts"
import type { EdgeContext } from "../edge-context.ts"
import type { Refusal } from "../edge-errors.ts"

export type RefusalOptions = {
  /** Strict-Transport-Security, where it is due. */
  readonly hsts?: string | undefined
  readonly requestId: string
  readonly nowMs: number
  /** The connection ends after it: the request was not read to its end, or its framing is in doubt. */
  readonly close: boolean
  /** An answer to HEAD has the fields and no body. */
  readonly toHead: boolean
}

/** Counts what is refused before there is an exchange, and says how to answer it. */
export function refusing(told: Refusal, context: EdgeContext, close: boolean): RefusalOptions {
  context.counters.refused(told.code)
  return { requestId: context.nextRequestId(), nowMs: context.clock.nowMs(), close, toHead: false }
}

/** An answer that the edge gives itself: `{"error":{"code","message"}}`, or the text it knows. */
export function refusalParts(
  { status, code, message, location, text }: Refusal,
  options: RefusalOptions,
): { fields: string[]; body: Buffer } {
  const body = Buffer.from(text ?? `${JSON.stringify({ error: { code, message } })}\n`)
  const fields = [
    "Content-Type",
    text === undefined ? "application/json; charset=utf-8" : "text/plain; charset=utf-8",
    "Content-Length",
    String(body.length),
    "Cache-Control",
    "no-store",
    "Date",
    httpDate(options.nowMs),
    "X-Request-Id",
    options.requestId,
  ]
  if (status === 503 || status === 429) fields.push("Retry-After", "1")
  if (status === 405) fields.push("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
  if (location !== undefined) fields.push("Location", location)
  if (options.hsts !== undefined) fields.push("Strict-Transport-Security", options.hsts)
  return { fields, body }
}

/** Its whole bytes in HTTP/1. */
export function refusalAnswer(told: Refusal, options: RefusalOptions): Buffer {
  const { fields, body } = refusalParts(told, options)
  if (options.close) fields.push("Connection", "close")
  const head = encodeResponseHead({ status: told.status, fields })
  return options.toHead ? head : Buffer.concat([head, body])
}
