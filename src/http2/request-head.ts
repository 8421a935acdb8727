import { isFieldText, isToken } from "../http1/characters.ts"
import { lowerName } from "../http1/fields.ts"
import type { Fields, Limits, RequestHead } from "../http1/http1.ts"
import { reject } from "../http1/http1-errors.ts"
import { parseRequestHead } from "../http1/request-head.ts"
import { isSameAuthority } from "../http1/target.ts"
import { type Http2Rule, streamError } from "./http2-errors.ts"

/**
 * The head of an HTTP/2 request as HTTP/1.1 would have it. What HTTP/2 forbids throws Http2Error, and no byte that
 * could break out of its place passes; then the head is written as text and read by the strict HTTP/1.1 parser, which
 * throws HttpParseError. So a backend that speaks HTTP/1.1 gets nothing it would not get from an HTTP/1.1 client.
 *
 * `ended`: the request has no body.
 */
export function requestHeadOf(fields: Fields, ended: boolean, limits: Limits): RequestHead {
  const { pseudo, rest } = sorted(fields)
  checkPseudo(pseudo)
  const lines = [...hostFields(pseudo, rest), ...framingFields(rest, ended)]
  const line = `${pseudo[":method"]} ${pseudo[":path"] ?? pseudo[":authority"]} HTTP/1.1\r\n`
  checkSize(line, lines, limits)
  let text = line
  for (let at = 0; at < lines.length; at += 2) text += `${lines[at]}: ${lines[at + 1]}\r\n`
  return parseRequestHead(`${text}\r\n`, limits)
}

/** The fields behind a body, by the rules of HTTP/2 that hold for those of a head. Throws Http2Error. */
export function checkTrailerFields(fields: Fields): void {
  for (let at = 0; at < fields.length; at += 2) {
    if (fields[at]!.startsWith(":")) throw streamError("pseudo-late", { name: fields[at] })
    checkField(fields[at]!, fields[at + 1]!)
  }
}

const pseudoNames = [":method", ":scheme", ":authority", ":path"] as const
type PseudoName = (typeof pseudoNames)[number]
type Pseudo = Partial<Record<PseudoName, string>>

/** Pseudo-headers apart (RFC 9113 section 8.3), and the pieces of Cookie joined again (section 8.2.3). */
function sorted(fields: Fields): { pseudo: Pseudo; rest: string[] } {
  const pseudo: Pseudo = {}
  const rest: string[] = []
  let cookieAt = -1
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!
    const value = fields[at + 1]!
    if (name.startsWith(":")) {
      if (!isPseudo(name)) throw streamError("pseudo-unknown", { name })
      if (rest.length > 0) throw streamError("pseudo-late", { name })
      if (pseudo[name] !== undefined) throw streamError("pseudo-repeated", { name })
      pseudo[name] = value
      continue
    }
    checkField(name, value)
    if (name === "cookie" && cookieAt !== -1) rest[cookieAt] += `; ${value}`
    else rest.push(name, value)
    if (name === "cookie" && cookieAt === -1) cookieAt = rest.length - 1
  }
  return { pseudo, rest }
}

function isPseudo(name: string): name is PseudoName {
  return (pseudoNames as readonly string[]).includes(name)
}

/** Of one connection, or of HTTP/1's framing (RFC 9113 section 8.2.2). */
const forbidden: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
])

/** RFC 9113 section 8.2.1: what would be another message, line or field in HTTP/1 is none here. */
function checkField(name: string, value: string): void {
  if (!isToken(name) || lowerName(name) !== name) throw streamError("field-name", { name })
  if (!isFieldText(value) || /^[ \t]|[ \t]$/.test(value)) throw streamError("field-value", { name })
  if (forbidden.has(name)) throw streamError("connection-field", { name })
  if (name === "te" && value.toLowerCase() !== "trailers") throw streamError("te", { value })
}

const scheme = /^[A-Za-z][A-Za-z0-9+.-]*$/
const visible = /^[\x21-\x7e]+$/

/** What each may hold that is more than HTTP/1's own grammar asks. */
const pseudoRules: Readonly<Record<PseudoName, (value: string, pseudo: Pseudo) => boolean>> = {
  ":method": value => isToken(value),
  ":scheme": value => scheme.test(value),
  ":authority": value => visible.test(value),
  // Never an absolute URI: which host would count is a question no backend should be asked.
  ":path": (value, { ":method": method }) =>
    visible.test(value) && (value.startsWith("/") || (value === "*" && method === "OPTIONS")),
}

/** RFC 9113 sections 8.3.1 and 8.5. */
function checkPseudo(pseudo: Pseudo): void {
  const isConnect = pseudo[":method"] === "CONNECT"
  const required: readonly PseudoName[] = isConnect ? [":authority"] : [":method", ":scheme", ":path"]
  for (const name of required) if (!pseudo[name]) throw streamError("pseudo-missing", { name })
  if (isConnect) refuseGiven(pseudo, [":scheme", ":path"], "connect-form")
  for (const name of pseudoNames) {
    const value = pseudo[name]
    if (value !== undefined && !pseudoRules[name](value, pseudo))
      throw streamError("pseudo-invalid", { name, value })
  }
}

function refuseGiven(pseudo: Pseudo, names: readonly PseudoName[], rule: Http2Rule): void {
  for (const name of names) if (pseudo[name] !== undefined) throw streamError(rule, { name })
}

/** Host first, and once: from `:authority` where there is one, with which a Host must agree. */
function hostFields(pseudo: Pseudo, rest: readonly string[]): string[] {
  const authority = pseudo[":authority"]
  if (authority === undefined) return [...rest]
  const fields = ["host", authority]
  for (let at = 0; at < rest.length; at += 2) {
    if (rest[at] !== "host") fields.push(rest[at]!, rest[at + 1]!)
    else if (!isSameAuthority(authority, rest[at + 1]!, `${pseudo[":scheme"]}:`)) {
      throw streamError("authority-disagrees", { host: rest[at + 1] })
    }
  }
  return fields
}

/** A body without a length is what HTTP/1.1 calls chunked; where there is none, no length may announce one. */
function framingFields(rest: readonly string[], ended: boolean): string[] {
  const lengthAt = rest.findIndex((text, at) => at % 2 === 0 && text === "content-length")
  if (lengthAt === -1) return ended ? [] : ["transfer-encoding", "chunked"]
  if (ended && rest[lengthAt + 1] !== "0") throw streamError("length-mismatch")
  return []
}

/** HTTP/1's limits, on what would have been its lines. */
function checkSize(line: string, fields: Fields, limits: Limits): void {
  if (line.length - 2 > limits.maxLineBytes) throw reject("line-too-long", { limit: limits.maxLineBytes })
  checkFieldsSize(fields, limits)
}

/** Of a head, or behind a body. Throws HttpParseError. */
export function checkFieldsSize(fields: Fields, limits: Limits): void {
  if (fields.length / 2 > limits.maxFields) throw reject("fields-too-many", { limit: limits.maxFields })
  let bytes = 0
  for (const text of fields) bytes += text.length + 2
  if (bytes > limits.maxFieldBytes) throw reject("fields-too-large", { limit: limits.maxFieldBytes })
}
