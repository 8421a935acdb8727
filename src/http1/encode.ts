import { isFieldText, isToken, isVisible } from "./characters.ts"
import type { Fields } from "./http1.ts"
import { reject } from "./http1-errors.ts"
import { reasonOf } from "./reasons.ts"

/** `method target HTTP/1.1`, the fields, the empty line. Throws HttpParseError on what would break out of its place. */
export function encodeRequestHead(head: { method: string; target: string; fields: Fields }): Buffer {
  if (!isToken(head.method)) throw reject("encode-method", { value: head.method })
  if (!isVisible(head.target)) throw reject("encode-target", { value: head.target })
  return Buffer.from(`${head.method} ${head.target} HTTP/1.1\r\n${fieldLines(head.fields)}\r\n`, "latin1")
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
  return Buffer.from(`HTTP/1.${minor} ${status} ${reason}\r\n${fieldLines(head.fields)}\r\n`, "latin1")
}

/** The size line of a chunk of `length` bytes (not 0: that is `lastChunk`); `chunkEnd` goes behind its data. */
export function encodeChunkHead(length: number): Buffer {
  return Buffer.from(`${length.toString(16)}\r\n`, "latin1")
}

export const chunkEnd: Buffer = Buffer.from("\r\n", "latin1")

const plainLastChunk = Buffer.from("0\r\n\r\n", "latin1")

/** What ends a chunked body, with its trailer fields if any. */
export function lastChunk(trailers: Fields = []): Buffer {
  return trailers.length === 0 ? plainLastChunk : Buffer.from(`0\r\n${fieldLines(trailers)}\r\n`, "latin1")
}

function fieldLines(fields: Fields): string {
  let lines = ""
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!
    const value = fields[at + 1]!
    if (!isToken(name)) throw reject("encode-name", { value: name })
    if (!isFieldText(value)) throw reject("encode-value", { name })
    lines += `${name}: ${value}\r\n`
  }
  return lines
}
