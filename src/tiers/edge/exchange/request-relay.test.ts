import assert from "node:assert/strict"
import { test } from "node:test"
import { createRequestParser } from "../../../http1/index.ts"
import { heldBytes } from "../../../kit/testing/held-bytes.ts"
import { defaultEdgeLimits } from "../edge.ts"
import { RequestRelay } from "./request-relay.ts"

const length = 50_000

function relayOf(body: string): RequestRelay {
  let relay: RequestRelay | undefined
  const parser = createRequestParser({
    head: head => {
      relay = new RequestRelay(head, "Host: a\r\n", defaultEdgeLimits)
    },
    body: bytes => relay?.body(bytes),
    trailers() {},
    end: () => relay?.end(),
  })
  parser.push(Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`))
  for (const byte of body) {
    parser.push(Buffer.from(byte))
    relay?.flush()
  }
  return relay!
}

test("a body that comes byte by byte costs about its bytes, and is sent as it came, twice if need be", async () => {
  const body = "0123456789".repeat(length / 10)
  const before = await heldBytes()
  const relay = relayOf(body)
  const relays = Array.from({ length: 9 }, () => relayOf(body))
  const each = ((await heldBytes()) - before) / 10
  assert.ok(relays.every(one => one.ended))
  assert.ok(each < 20 * length, `${Math.round(each)} bytes each`)

  const whole = `POST / HTTP/1.1\r\nHost: a\r\n\r\n${body}`
  assert.equal(relay.sendAll(true).toString(), whole)
  relay.rewind()
  assert.equal(relay.sendAll(true).toString(), whole)
  assert.equal(relay.replayable, true)
  relay.forget()
  assert.equal(relay.replayable, false)
})
