import assert from "node:assert/strict"
import { test } from "node:test"
import { heldBytes } from "../kit/testing/held-bytes.ts"
import { createRequestParser } from "./request-parser.ts"

/** There may be ten thousand connections that do nothing. */
const mostBytesEach = 16 * 1024
const connections = 300

test("a connection at rest holds nothing of a large head that came in pieces", async () => {
  const ignored = () => {}
  const fields = Array.from({ length: 5 }, (_, at) => `X-${at}: ${"v".repeat(3_000)}\r\n`).join("")
  const head = Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`)
  const before = await heldBytes()
  const parsers = Array.from({ length: connections }, () => {
    const parser = createRequestParser({ head: ignored, body: ignored, trailers: ignored, end: ignored })
    for (let at = 0; at < head.length; at += 1_000) parser.push(head.subarray(at, at + 1_000))
    return parser
  })
  const each = ((await heldBytes()) - before) / connections
  assert.ok(parsers.every(parser => parser.idle))
  assert.ok(each < mostBytesEach, `${Math.round(each)} bytes each`)
})
