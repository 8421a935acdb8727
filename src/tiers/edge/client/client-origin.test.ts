import assert from "node:assert/strict"
import { test } from "node:test"
import { heldBytes } from "../../../kit/testing/held-bytes.ts"
import { ClientOrigin } from "./client-origin.ts"

test("a backend is told of the client by the request at hand, whatever the one before it asked for", () => {
  const origin = new ClientOrigin({ address: "2001:db8::1", scheme: "https", tls: "TLSv1.3" }, false)
  const lines = (host: string, via: string) =>
    [
      `Host: ${host}\r\nVia: ${via} banyan`,
      `Forwarded: for="[2001:db8::1]";host="${host}";proto=https`,
      "X-Forwarded-For: 2001:db8::1",
      `X-Forwarded-Host: ${host}`,
      "X-Forwarded-Proto: https",
      "",
    ].join("\r\n")
  assert.equal(origin.lines("a:1", 1), lines("a:1", "1.1"))
  assert.equal(origin.lines("a:1", 1), lines("a:1", "1.1"))
  assert.equal(origin.lines("a:1", 0), lines("a:1", "1.0"))
  assert.equal(origin.lines("b", 0), lines("b", "1.0"))
  assert.equal(origin.lines("a:1", 1), lines("a:1", "1.1"))
  assert.equal(new ClientOrigin(origin, true).lines("a:1", 1), lines("a:1", "2.0"))
  const long = `${"a.".repeat(200)}test`
  assert.equal(origin.lines(long, 1), lines(long, "1.1"))
  assert.equal(origin.lines("a:1", 1), lines("a:1", "1.1"))
})

test("a connection at rest holds nothing of the head that its host was cut from", async () => {
  const host = "a.host.that.is.longer.than.a.word"
  const head = Buffer.from(`${host}${"x".repeat(16_000)}`)
  const from = { address: "127.0.0.1", scheme: "http", tls: undefined } as const
  const before = await heldBytes()
  const origins = Array.from({ length: 300 }, () => {
    const origin = new ClientOrigin(from, false)
    origin.lines(head.toString("latin1").slice(0, host.length), 1)
    return origin
  })
  const each = ((await heldBytes()) - before) / origins.length
  assert.ok(each < 4_096, `${Math.round(each)} bytes each`)
})
