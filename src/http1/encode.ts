import { isFieldText, isToken, isVisible } from "./characters.ts"
import { isFieldName } from "./fields.ts"
import type { Fields } from "./http1.ts"
import { reject } from "./http1-errors.ts"
import { reasonOf } from "./reasons.ts"
import { ownText } from "./remembered.ts"

/** `method target HTTP/1.1`, the fields, the empty line. Throws HttpParseError on what would break out of its place. */
export function encodeRequestHead(head: { method: string; target: string; fields: Fields }): Buffer {
  if (!isToken(head.method)) throw reject("encode-method", { value: head.method })
  if (!isVisible(head.target)) throw reject("encode-target", { value: head.target })
  checkFields(head.fields)
  return Buffer.from(requestHeadText(head.method, head.target, fieldLines(head.fields)), "latin1")
}

/** The status line, the fields, the empty line. The reason is the registered one unless given. */
export function encodeResponseHead(head: {
  status: number
  reason?: string
  fields: Fields
  minor?: 0 | 1
}): Buffer {
  const { status, minor = 1 } = head
  const reason = head.reason ?? reasonOf(status)
  if (!Number.isInteger(status) || status < 100 || status > 999 || !isFieldText(reason)) {
    throw reject("encode-status", { value: `${status} ${reason}` })
  }
  checkFields(head.fields)
  return Buffer.from(responseHeadText(status, reason, fieldLines(head.fields), minor), "latin1")
}

/** The size line of a chunk of `length` bytes (not 0: that is `lastChunk`); `chunkEnd` goes behind its data. */
export function encodeChunkHead(length: number): Buffer {
  return Buffer.from(`${length.toString(16)}\r\n`, "latin1")
}

export const chunkEnd: Buffer = Buffer.from("\r\n", "latin1")

const plainLastChunk = Buffer.from("0\r\n\r\n", "latin1")

/** What ends a chunked body, with its trailer fields if any. */
export function lastChunk(trailers: Fields = []): Buffer {
  if (trailers.length === 0) return plainLastChunk
  checkFields(trailers)
  return Buffer.from(`0\r\n${fieldLines(trailers)}\r\n`, "latin1")
}

/**
 * As `encodeRequestHead`, as latin-1 text and unchecked: for a head that came from a parser, which let nothing through
 * that could break out of its place, and fields of one's own. `lines`: `name: value` with CRLF each.
 */
export function requestHeadText(method: string, target: string, lines: string): string {
  return `${method} ${target} HTTP/1.1\r\n${lines}\r\n`
}

/** As `encodeResponseHead`, as latin-1 text and unchecked: see `requestHeadText`. */
export function responseHeadText(status: number, reason: string, lines: string, minor: 0 | 1 = 1): string {
  return `${minor === 1 ? startLine(status, reason) : `HTTP/1.0 ${status} ${reason}\r\n`}${lines}\r\n`
}

const maxHeldReason = 64
/** By status: nearly all answers have one of a few. */
const startLines: Array<{ readonly reason: string; readonly line: string } | undefined> = []

function startLine(status: number, reason: string): string {
  const held = startLines[status]
  if (held !== undefined && held.reason === reason) return held.line
  const line = `HTTP/1.1 ${status} ${reason}\r\n`
  if (reason.length <= maxHeldReason) startLines[status] = { reason: ownText(reason), line: ownText(line) }
  return line
}

function checkFields(fields: Fields): void {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!
    if (!isFieldName(name)) throw reject("encode-name", { value: name })
    if (!isFieldText(fields[at + 1]!)) throw reject("encode-value", { name })
  }
}

function fieldLines(fields: Fields): string {
  let lines = ""
  for (let at = 0; at < fields.length; at += 2) lines += `${fields[at]}: ${fields[at + 1]}\r\n`
  return lines
}
