import type { ReadSection } from "./field-section.ts"
import { type ControlFields, connectionOptions, framingOf, isKeptAlive } from "./framing.ts"
import type { BodyFraming, Limits, ResponseHead } from "./http1.ts"
import { reject } from "./http1-errors.ts"
import { remembered } from "./remembered.ts"

/** Reads a whole response head, its empty line included (RFC 9112 section 4); `method` is the request's. */
export function parseResponseHead(
  text: string,
  method: string,
  limits: Limits,
  read: ReadSection,
): ResponseHead {
  const lineEnd = text.indexOf("\r\n")
  const { minor, status, reason } = parseStatusLine(text.slice(0, lineEnd))
  const { fields, lines, known, made } = read(text, lineEnd + 2)
  const options = connectionOptions(known)
  const body = responseBody(status, method, known, minor, limits)
  const keepAlive = body.kind !== "until-close" && isKeptAlive(options, minor)
  return { status, reason, minor, fields, lines, made, body, keepAlive }
}

type StatusLine = { readonly minor: 0 | 1; readonly status: number; readonly reason: string }

/** A missing space before an empty reason is let through: many servers forget it and nothing hangs on it. */
const parseStatusLine = remembered((line): StatusLine => {
  const match = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/.exec(line)
  if (match === null) throw reject("status-line", { line })
  return { minor: match[1] === "1" ? 1 : 0, status: Number(match[2]), reason: match[3] ?? "" }
})

/** RFC 9112 section 6.3. */
function responseBody(
  status: number,
  method: string,
  known: ControlFields,
  minor: 0 | 1,
  limits: Limits,
): BodyFraming {
  if (method === "HEAD" || status === 304) {
    framingOf(known, minor, { ...limits, maxBodyBytes: Number.POSITIVE_INFINITY })
    return { kind: "none" }
  }
  if (method === "CONNECT" && status >= 200 && status < 300) return { kind: "none" }
  const framing = framingOf(known, minor, limits)
  if (status < 200 || status === 204) {
    if (framing !== undefined && framing.kind !== "none") throw reject("body-forbidden", { status })
    return { kind: "none" }
  }
  return framing ?? { kind: "until-close" }
}

/** Whether the bytes behind this head are no longer HTTP (RFC 9110 sections 7.8 and 9.3.6). */
export function isSwitch(status: number, method: string): boolean {
  return status === 101 || (method === "CONNECT" && status >= 200 && status < 300)
}
